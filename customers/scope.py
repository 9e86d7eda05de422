"""Which customers an inbox may know. A separate inbox shares nothing, in either direction."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from customers.models import Inbox


def reach(inbox: Inbox, path: str = "") -> Q:
    """The customers that `inbox` may know of; `path` leads to the customer, as `customer__`."""
    return reach_of(alone(inbox), path)


def alone(inbox: Inbox) -> UUID | None:
    """The inbox when it is separate, None for all that share."""
    return inbox.pk if inbox.separate else None


def reach_of(alone: UUID | None, path: str = "") -> Q:
    """As `reach`, for what `alone` gives."""
    if alone is not None:
        return Q(**{f"{path}inbox": alone})
    return Q(**{f"{path}inbox__separate": False})


def apart(one: Inbox, other: Inbox) -> bool:
    """Whether nothing may cross between the two."""
    return one.pk != other.pk and (one.separate or other.separate)
