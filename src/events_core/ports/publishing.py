"""How one tenant's facts leave it: who is told of them, and what came of that.

What an operator widened to more than public events, or to persons, is the operator's,
and so is what is of all tenants: it is not shown here, not counted and not changed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from attrs import fields, frozen

from events_core.domain.change import Cause
from events_core.domain.identity import MessageId, Scope, TenantId
from events_core.domain.publication import Audience
from events_core.domain.revision import UNSET, UnsetType
from events_core.ports.outbox import Kind, Outcome, State


@frozen(kw_only=True)
class Terms:
    """What a subscription asks for: to be told where, signed how, and what of.

    None stands for any kind of fact, or any scope.
    """

    url: str
    signing: Kind = Kind.STANDARD
    description: str = ""
    event_types: frozenset[str] | None = None
    scope: Scope | None = None


@frozen(kw_only=True)
class NewTerms:
    """What is to change of a subscription; ``ACTIVE`` brings back who was disabled."""

    url: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    event_types: frozenset[str] | None | UnsetType = UNSET
    scope: Scope | None | UnsetType = UNSET
    state: State | UnsetType = UNSET

    def given(self) -> Mapping[str, Any]:
        """Return what is to change, by name."""
        values = {one.name: getattr(self, one.name) for one in fields(NewTerms)}
        return {name: value for name, value in values.items() if value is not UNSET}


@frozen(kw_only=True)
class Subscription:
    """A subscription as its tenant sees it; her secrets are nowhere to be seen.

    ``reason`` is why she is disabled. ``failing_since`` is when her first failure was
    that no success has followed; she is left alone until ``open_until``. ``pending``
    and ``dead`` count what is laid out and not delivered, and dead letters, each up
    to a thousand.
    """

    id: UUID
    terms: Terms
    state: State
    reason: str | None
    created_at: datetime
    failing_since: datetime | None
    open_until: datetime | None
    pending: int
    dead: int


#: How far is counted of what can be any number.
MOST_COUNTED = 1000


class SubscriptionBook(Protocol):
    """The subscriptions of one tenant."""

    async def add(self, subscription_id: UUID, terms: Terms, *, most: int) -> bytes:
        """Tell somebody of what gets its position from now on; return her secret.

        This is the only time that it is given out. Again with the same id nothing is
        changed but that she has one more secret, and that is returned.

        Raises:
            TooManySubscriptions: the tenant has ``most`` of them.
        """
        ...

    async def page(
        self, *, limit: int, offset: int
    ) -> tuple[Sequence[Subscription], int]:
        """Return some of them, the oldest first, and how many there are."""
        ...

    async def find(self, subscription_id: UUID) -> Subscription | None:
        """Return one of them."""
        ...

    async def change(
        self, subscription_id: UUID, terms: NewTerms
    ) -> Subscription | None:
        """Change one and return it as it is then; None where there is none.

        A new URL, or a state, makes a new start: she is not left alone any more.
        What is sent just now may still go to the old URL. What she wants to hear of
        counts for facts that are not laid out yet; all that she missed while she was
        not active is.
        """
        ...

    async def remove(self, subscription_id: UUID) -> bool:
        """Forget one, with all that was to be told to her; return whether there was."""
        ...

    async def rotate(self, subscription_id: UUID) -> bytes | None:
        """Sign with a new secret too from now on, and return it, this once.

        The last few before it go on signing beside it. None where there is none.
        """
        ...


class Stage(StrEnum):
    """How far a delivery is; what is ``pending`` is to be tried, or tried again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@frozen(kw_only=True)
class Attempt:
    """One attempt to deliver; ``number`` counts from 1, and anew when sent again."""

    number: int
    at: datetime
    outcome: Outcome
    status: int | None
    error: str | None
    took: timedelta


@frozen(kw_only=True)
class Dispatch:
    """What was, or is to be, told to one subscriber, and how that went.

    ``event_type`` is that which is told. ``attempts`` are the last fifty, the oldest
    first. ``next_at`` is when it is tried next, at the earliest.
    """

    message_id: MessageId
    event_type: str
    position: int
    stage: Stage
    next_at: datetime | None
    attempts: Sequence[Attempt]


@frozen(kw_only=True)
class DeadLetter:
    """What is not tried any more, and the last that was heard of it."""

    message_id: MessageId
    event_type: str
    position: int
    attempts: int
    died_at: datetime
    status: int | None
    error: str | None


@frozen(kw_only=True)
class Choice:
    """Which dead letters: None stands for any. ``since`` and ``until`` are inclusive,
    and of when they died."""

    message_id: MessageId | None = None
    event_types: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


class DispatchBook(Protocol):
    """What became of what subscribers of one tenant were to be told.

    Nobody hears of a subscription that is not the tenant's own: it is as if it had
    had nothing to hear.
    """

    async def recent(
        self, subscription_id: UUID, *, before: int | None, limit: int
    ) -> Sequence[Dispatch]:
        """Return what was and is to be told, the latest fact first.

        ``before`` is a position: what comes before it.
        """
        ...

    async def dead_letters(
        self, subscription_id: UUID, choice: Choice, *, after: int, limit: int
    ) -> Sequence[DeadLetter]:
        """Return dead letters of facts after a position, in the facts' order."""
        ...

    async def text_of(self, subscription_id: UUID, message_id: MessageId) -> str | None:
        """Return what a dead letter says: the JSON text that is told.

        None where there is no such dead letter, and where it cannot be told any more.
        """
        ...

    async def send_again(
        self, subscription_id: UUID, choice: Choice, *, most: int
    ) -> int:
        """Have dead letters tried again as if for the first time; return how many.

        At most ``most`` of them, the oldest facts first.
        """
        ...

    async def send_test(
        self, subscription_id: UUID, message_id: MessageId, at: datetime
    ) -> bool:
        """Tell a subscriber, and nobody else, that she is tested.

        On the way of all facts: with a position, signed, tried again, and only while
        she is told anything; whatever kinds she wants, and past what of events she is
        still to be told. Again with the same id it does nothing. Returns whether there
        is such a subscription.
        """
        ...

    async def replay(
        self,
        subscription_id: UUID,
        *,
        from_position: int | None = None,
        since: datetime | None = None,
    ) -> bool:
        """Tell all again from a position, or from what got its position then, on.

        Never skips anything: who is further back stays there. What is being sent
        just now may come twice. Returns whether there is such a subscription.
        """
        ...


@frozen
class FeedPlace:
    """Up to where somebody has read: a position, and up to where there were facts that
    were no longer kept when she began.

    What was missing already when she began, she did not miss.
    """

    position: int
    gone: int


@frozen(kw_only=True)
class FactPage:
    """Some facts as they are told, in their order.

    ``place`` is up to where was read, whatever was found there; ``more`` says that
    there is more to read at once.
    """

    texts: Sequence[str]
    place: FeedPlace
    more: bool


class FactFeed(Protocol):
    """The facts of one tenant, for who fetches them herself."""

    async def read(
        self, audience: Audience, *, after: FeedPlace | None, limit: int
    ) -> FactPage:
        """Return the next facts that the audience is told of, after a place.

        From the oldest that is kept where none is given. Who goes on after the place
        of each page gets every fact: none comes to a position that was passed. A page
        can be empty though there is more: what is looked through at once is bounded.

        Raises:
            FactsGone: something of what comes next is no longer kept.
        """
        ...


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
        each change of a subscription (``audit.of_subscription``), made together.
        """
        ...
