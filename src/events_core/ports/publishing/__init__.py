"""How one tenant's facts leave it: who is told of them, and what came of that.

What an operator widened to more than public events, or to persons, is the operator's,
and so is what is of all tenants: it is not shown here, not counted and not changed.

This is the door: what the parts hold is imported from here.
"""

from typing import Protocol

from events_core.domain.change import Cause
from events_core.domain.identity import TenantId
from events_core.ports.publishing.dispatches import (
    Attempt,
    Choice,
    DeadLetter,
    Dispatch,
    DispatchBook,
    Stage,
)
from events_core.ports.publishing.feed import FactFeed, FactPage, FeedPlace
from events_core.ports.publishing.subscriptions import (
    MOST_COUNTED,
    NewTerms,
    Subscription,
    SubscriptionBook,
    Terms,
)

__all__ = [
    "MOST_COUNTED",
    "Attempt",
    "Choice",
    "DeadLetter",
    "Dispatch",
    "DispatchBook",
    "FactFeed",
    "FactPage",
    "FeedPlace",
    "NewTerms",
    "Publishing",
    "Stage",
    "Subscription",
    "SubscriptionBook",
    "TenantPublishing",
    "Terms",
]


class TenantPublishing(Protocol):
    """How the facts of one tenant leave it.

    Each method of its parts is done as a whole or not at all, and may raise
    ``StoreUnavailable``.
    """

    @property
    def subscriptions(self) -> SubscriptionBook:
        """Who is told."""
        ...

    @property
    def dispatches(self) -> DispatchBook:
        """What came of it."""
        ...

    @property
    def feed(self) -> FactFeed:
        """The facts themselves."""
        ...


class Publishing(Protocol):
    """How facts leave."""

    def of(self, tenant_id: TenantId, cause: Cause) -> TenantPublishing:
        """Return what is one tenant's; nothing there touches, shows or counts more.

        ``cause`` is of whatever is changed through it: the audit trail has an entry of
        each change of a subscription, of each test, and of what is sent or told again
        (``audit.of_subscription``), made together. What changes nothing has none.
        """
        ...
