"""What became of what subscribers were to be told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from attrs import frozen

from events_core.domain.identity import MessageId
from events_core.ports.outbox import Outcome


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
