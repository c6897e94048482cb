"""What became of what a tenant's subscribers were to be told."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from attrs import frozen

from adapters.postgres.audit import write_audit
from adapters.postgres.database import Database
from adapters.postgres.facts import write_once
from adapters.postgres.publishing.feed import Wanted, texts_of
from adapters.postgres.publishing.questions import OF_ALL, OF_TENANT, Questions
from adapters.postgres.statements import Row
from adapters.postgres.transaction import Transaction
from events_core.domain.audit import AuditEntry, Deed, of_subscription
from events_core.domain.change import Cause
from events_core.domain.facts import SubscriptionTested
from events_core.domain.identity import MessageId, TenantId
from events_core.domain.publication import CREATED, WITHDRAWN, Told
from events_core.ports.outbox import Outcome
from events_core.ports.publishing import (
    Attempt,
    Choice,
    DeadLetter,
    Dispatch,
    DispatchBook,
    Stage,
)

_MOST_ATTEMPTS = 50


def tell_nobody() -> None:
    """Announce nothing: who delivers finds it when she looks."""


@frozen
class PostgresDispatchBook:
    """``DispatchBook`` of one tenant; it announces when there is more to tell.

    Of no tenant it is the operator's, as the relay's role: of every subscription there
    is. Positions are then those of any tenant.
    """

    _database: Database
    _tenant_id: TenantId | None
    _cause: Cause
    _announce: Callable[[], None] = tell_nobody

    @property
    def _ask(self) -> Questions:
        return OF_ALL if self._tenant_id is None else OF_TENANT

    async def recent(
        self, subscription_id: UUID, *, before: int | None, limit: int
    ) -> Sequence[Dispatch]:
        """See ``DispatchBook.recent``."""
        one = {"of_subscription": subscription_id}
        async with self._database.transaction(self._tenant_id) as transaction:
            if await self._whose(transaction, subscription_id) is None:
                return []
            asked = {**one, "before": before, "limit": limit}
            rows = (await transaction.run(self._ask.recent, asked)).all()
            places = [row["place"] for row in rows]
            tried = {**one, "places": places, "most": _MOST_ATTEMPTS}
            attempts: dict[int, list[Row]] = defaultdict(list)
            for attempt in await transaction.run(self._ask.attempts, tried):
                attempts[attempt["place"]].append(attempt)
        return [_dispatch(row, attempts[row["place"]]) for row in rows]

    async def dead_letters(
        self, subscription_id: UUID, choice: Choice, *, after: int, limit: int
    ) -> Sequence[DeadLetter]:
        """See ``DispatchBook.dead_letters``."""
        values = _chosen(subscription_id, choice, after=after, limit=limit)
        async with self._database.transaction(self._tenant_id) as transaction:
            if await self._whose(transaction, subscription_id) is None:
                return []
            rows = await transaction.run(self._ask.dead, values)
            return [_letter(row) for row in rows]

    async def text_of(self, subscription_id: UUID, message_id: MessageId) -> str | None:
        """See ``DispatchBook.text_of``."""
        choice = Choice(message_id=message_id)
        values = _chosen(subscription_id, choice, after=0, limit=1)
        async with self._database.transaction(self._tenant_id) as transaction:
            if await self._whose(transaction, subscription_id) is None:
                return None
            rows = await transaction.run(self._ask.dead, values)
            row = rows.one_or_none()
        if row is None:
            return None
        wanted = Wanted(row["seq"], Told(row["told"]), row["position"])
        async with self._database.transaction(row["tenant_id"]) as transaction:
            texts = await texts_of(transaction, [wanted])
        return next(iter(texts.values()), None)

    async def send_again(
        self, subscription_id: UUID, choice: Choice, *, most: int
    ) -> int:
        """See ``DispatchBook.send_again``."""
        values = _chosen(subscription_id, choice, after=0, limit=most)
        async with self._database.transaction(self._tenant_id) as transaction:
            if (owner := await self._whose(transaction, subscription_id)) is None:
                return 0
            number: int = (
                await transaction.run(self._ask.send_again, values)
            ).scalar_one()
            if number:
                entry = self._entry(Deed.RETRIED, subscription_id, times=number)
                await write_audit(transaction, [entry], owner)
            await transaction.commit()
        self._announce()
        return number

    async def send_test(
        self, subscription_id: UUID, message_id: MessageId, at: datetime
    ) -> bool:
        """See ``DispatchBook.send_test``."""
        async with self._database.transaction(self._tenant_id) as transaction:
            tenant_id = await self._whose(transaction, subscription_id)
        if tenant_id is None:
            return False
        fact = SubscriptionTested(
            message_id=message_id,
            tenant_id=tenant_id,
            occurred_at=at,
            subscription_id=subscription_id,
        )
        async with self._database.transaction(tenant_id) as transaction:
            if await write_once(transaction, fact):
                entry = self._entry(Deed.TESTED, subscription_id)
                await write_audit(transaction, [entry])
            await transaction.commit()
        self._announce()
        return True

    async def replay(
        self,
        subscription_id: UUID,
        *,
        from_position: int | None = None,
        since: datetime | None = None,
    ) -> bool:
        """See ``DispatchBook.replay``."""
        one = {"of_subscription": subscription_id}
        async with self._database.transaction(self._tenant_id) as transaction:
            if (owner := await self._whose(transaction, subscription_id)) is None:
                return False
            asked = {**one, "position": from_position, "since": since}
            place = (await transaction.run(self._ask.set_back, asked)).scalar_one()
            await transaction.run(self._ask.laid_out, {**one, "place": place})
            given = {"from_position": from_position, "since": since}
            names = [name for name, value in given.items() if value is not None]
            entry = self._entry(Deed.REPLAYED, subscription_id, names)
            await write_audit(transaction, [entry], owner)
            await transaction.commit()
        self._announce()
        return True

    def _entry(
        self,
        deed: Deed,
        subscription_id: UUID,
        names: Collection[str] = (),
        times: int = 1,
    ) -> AuditEntry:
        return of_subscription(deed, subscription_id, self._cause, names, times)

    async def _whose(
        self, transaction: Transaction, subscription_id: UUID
    ) -> TenantId | None:
        """Return what tenant a subscription bears; None where there is none to see."""
        found = await transaction.run(
            self._ask.whose, {"of_subscription": subscription_id}
        )
        tenant_id: TenantId | None = found.scalar_one_or_none()
        return tenant_id


def _chosen(
    subscription_id: UUID, choice: Choice, *, after: int, limit: int
) -> dict[str, object]:
    types = choice.event_types
    return {
        "of_subscription": subscription_id,
        "message_id": choice.message_id,
        "event_types": None if types is None else sorted(types),
        "since": choice.since,
        "until": choice.until,
        "after": after,
        "limit": limit,
    }


def _letter(row: Row) -> DeadLetter:
    names = ("message_id", "event_type", "position", "attempts", "died_at", "status")
    return DeadLetter(**{name: row[name] for name in names}, error=row["error"])


def _dispatch(row: Row, attempts: Sequence[Row]) -> Dispatch:
    told = row["told"] or attempts[-1]["told"]
    stage = Stage.PENDING
    if not row["is_waiting"]:
        if row["is_dead"]:
            stage = Stage.DEAD
        elif attempts[-1]["outcome"] == Outcome.DELIVERED:
            stage = Stage.DELIVERED
    made_up = {Told.CREATED: CREATED, Told.WITHDRAWN: WITHDRAWN}
    return Dispatch(
        message_id=row["message_id"],
        event_type=made_up.get(Told(told)) or row["event_type"],
        position=row["position"],
        stage=stage,
        next_at=row["next_at"],
        attempts=[_attempt(one) for one in attempts],
    )


def _attempt(row: Row) -> Attempt:
    return Attempt(
        number=row["attempt"],
        at=row["made_at"],
        outcome=Outcome(row["outcome"]),
        status=row["status"],
        error=row["error"],
        took=timedelta(milliseconds=row["milliseconds"]),
    )


def _satisfies_port(book: PostgresDispatchBook) -> DispatchBook:
    return book
