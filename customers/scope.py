"""Which customers an inbox may know. A separate inbox shares nothing, in either direction."""

from __future__ import annotations

from django.db.models import Q

from customers.models import Inbox


def reach(inbox: Inbox, path: str = "") -> Q:
    """The customers that `inbox` may know of; `path` leads to the customer, as `customer__`."""
    if inbox.separate:
        return Q(**{f"{path}inbox": inbox})
    return Q(**{f"{path}inbox__separate": False})


def apart(one: Inbox, other: Inbox) -> bool:
    """Whether nothing may cross between the two."""
    return one.pk != other.pk and (one.separate or other.separate)
