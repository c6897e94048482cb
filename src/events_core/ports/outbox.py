"""What a relay asks of whoever keeps the facts that are still to be delivered.

Facts are delivered at least once. To each subscriber the facts of one event come
first in their order, whoever else is slow; what comes twice has one message id.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from attrs import field, frozen

from events_core.domain.identity import MessageId, TenantId
from events_core.domain.publication import OPERATORS, PUBLIC, Audience


class Kind(StrEnum):
    """How a subscriber is spoken to: what is signed, and with what."""

    STANDARD = "standard"
    INTERNAL = "internal"
    ACTIVITY = "activity"


class State(StrEnum):
    """Whether a subscriber is told anything; ``paused`` and ``disabled`` keep place."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class Outcome(StrEnum):
    """What came of an attempt.

    ``again``: it is to be tried again; ``dead``: it will never be accepted; ``gone``:
    the subscriber wants no more, of anything.
    """

    DELIVERED = "delivered"
    AGAIN = "again"
    DEAD = "dead"
    GONE = "gone"


@frozen(kw_only=True)
class Subscriber:
    """Who is told, where, and what of. ``secrets`` sign, each of them, all at once."""

    id: UUID
    kind: Kind
    url: str
    audience: Audience
    description: str = ""
    secrets: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def managed_by(self) -> TenantId:
        """The tenant that manages her, and learns what becomes of her.

        What is of all tenants, widened to more than public events or to persons, or
        Activity's is the operator's: ``OPERATORS``.
        """
        audience = self.audience
        is_plain = audience.visibilities == PUBLIC and not audience.persons
        if audience.tenant_id is None or not is_plain or self.kind is Kind.ACTIVITY:
            return OPERATORS
        return audience.tenant_id


@frozen(kw_only=True)
class Delivery:
    """One fact for one subscriber, claimed by one relay for a while.

    ``attempt`` counts from 1. ``body`` is what is told: the same bytes at every
    attempt, but for what was erased meanwhile; None where it cannot be told any more,
    since the event is gone. ``token`` is the claim's. ``trace`` is what the W3C Trace
    Context calls ``traceparent`` and ``tracestate``, of the request that made the fact;
    empty where it is not known. ``tenant_slug`` is what the tenant is called, empty
    where that is not known.
    """

    subscriber: Subscriber
    tenant_id: TenantId
    message_id: MessageId
    event_type: str
    position: int
    place: int
    attempt: int
    body: bytes | None
    token: UUID
    trace: tuple[str, str] = ("", "")
    tenant_slug: str = ""


@frozen(kw_only=True)
class Result:
    """What came of one delivery; ``outcome`` None: it was not tried after all.

    ``after`` is when to try again at the earliest, for ``again``. ``error`` is one
    line. ``counts`` is False for what says nothing of the subscriber's health.
    ``leave_alone`` is for how long she asked not to be called at all.
    """

    delivery: Delivery
    outcome: Outcome | None
    after: timedelta = timedelta(0)
    status: int | None = None
    error: str | None = None
    took: timedelta = timedelta(0)
    counts: bool = True
    leave_alone: timedelta = timedelta(0)


#: How many bytes of facts are claimed at a time, if nothing else is said.
A_CLAIM = 8 * 2**20


@frozen(kw_only=True)
class Breaker:
    """When a subscriber is left alone, and for how long.

    After so many failures in a row she is not called for the first of ``pauses``;
    then with one delivery, and if that fails for the next of them, the last for ever.
    Who asks to be left alone is so at once, for as long as she asks where that is
    longer. Without a success for ``gives_up_after`` she is disabled.
    """

    opens_after: int = 5
    pauses: Sequence[timedelta] = tuple(
        timedelta(seconds=s) for s in (5, 10, 20, 40, 80, 160, 320, 640, 900)
    )
    gives_up_after: timedelta = timedelta(days=5)


class Outbox(Protocol):
    """Facts on their way to subscribers. Any number of relays share one.

    Every method raises ``StoreUnavailable`` where the facts cannot be reached; what
    it was to do is then done as a whole or not at all, and may be asked for again.
    """

    async def advance(self) -> int:
        """Lay out deliveries of facts that were committed since.

        Returns how much was done: 0 means that there is nothing more at present.
        Each fact is laid out for each subscriber once.
        """
        ...

    async def claim(
        self,
        *,
        room: int,
        each: int,
        size: int = A_CLAIM,
        busy: Mapping[UUID, int],
        keep: timedelta,
    ) -> Sequence[Delivery]:
        """Claim deliveries that are due, for so long; at most ``room``.

        None is added once their facts, as they are stored, are of ``size`` bytes.

        Of each subscriber at most ``each``, less what the caller is ``busy`` with, and
        of those first with whom it is least so; only one while it is not known whether
        she is well again, and none of one who is left alone. Of the facts of one event
        (for Activity: of one tenant) only the first that is not delivered. What is not
        settled in time can be claimed again, by anybody.
        """
        ...

    async def settle(self, results: Sequence[Result], breaker: Breaker) -> int:
        """Note what came of deliveries, and return of how many it was noted.

        A claim that has run out and been taken by another is passed over, and says
        nothing of anybody's health. Who is left alone is so to the end of it, whatever
        comes of what was under way. A dead delivery is kept as a dead letter and holds
        up nothing. Who is gone, or has failed for too long, is disabled; she keeps her
        place, and whatever was laid out for her is laid out again when she is back.
        That she was is a fact of its own, ``SubscriptionDisabled``, of whoever manages
        her (``Subscriber.managed_by``).
        """
        ...

    async def due_in(self) -> timedelta | None:
        """Return how long until something may be due that is not now; None: nothing.

        A claim that may run out is not looked at: its holder is there to settle it,
        and if not, who claims from time to time finds it.
        """
        ...
