"""Inboxes, people and their browsers for administrators. Customers and links have their pages in `chat.admin`,
which knows their conversations too and tells open windows of what was decided."""

from customers.admin.browsers import DeviceAdmin, GrantAdmin
from customers.admin.inboxes import InboxAdmin
from customers.admin.keys import ResumeKeyAdmin
from customers.admin.vouches import VerdictAdmin, VouchAdmin

__all__ = ["DeviceAdmin", "GrantAdmin", "InboxAdmin", "ResumeKeyAdmin", "VerdictAdmin", "VouchAdmin"]
