"""Requests that arrive again, remembered in the database."""

from datetime import datetime, timedelta
from uuid import UUID

from attrs import define, field
from sqlalchemy import LargeBinary, Uuid, and_, bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.clearing import Broom
from adapters.postgres.database import Database
from adapters.postgres.tables import repeat
from adapters.postgres.tables.shared import Instant
from adapters.postgres.transaction import TENANT, Transaction
from events_core.errors import StoreUnavailable
from events_core.ports.repeats import (
    AlreadyDone,
    Claimed,
    InProgress,
    KeptAnswer,
    RepeatKey,
    Repeats,
)

LEASE = timedelta(seconds=30)

_NOW = bindparam("now", type_=Instant)
_ONE = and_(
    repeat.c.tenant_id == TENANT,
    repeat.c.user_id == bindparam("of_person", type_=Uuid),
    repeat.c.key == bindparam("of_key", type_=LargeBinary),
)
_IS_DONE = repeat.c.status.is_not(None)

_new = insert(repeat)
_is_over = repeat.c.forgotten_at <= _NOW
_is_free = or_(repeat.c.leased_until.is_(None), repeat.c.leased_until <= _NOW)
_is_the_same = repeat.c.fingerprint == _new.excluded.fingerprint
_CLAIM = _new.on_conflict_do_update(
    constraint=repeat.primary_key,
    set_={
        "fingerprint": _new.excluded.fingerprint,
        "seed": case(
            (and_(~_is_over, _is_the_same), repeat.c.seed), else_=_new.excluded.seed
        ),
        "leased_until": _new.excluded.leased_until,
        "forgotten_at": _new.excluded.forgotten_at,
        **dict.fromkeys(("status", "headers", "body")),
    },
    where=or_(_is_over, and_(~_IS_DONE, _is_free)),
).returning(repeat.c.seed)

_READ = select(
    repeat.c.fingerprint, repeat.c.status, repeat.c.headers, repeat.c.body
).where(_ONE, repeat.c.forgotten_at > _NOW, or_(_IS_DONE, repeat.c.leased_until > _NOW))
_END = update(repeat).where(_ONE, ~_IS_DONE, repeat.c.leased_until.is_not(None))

_TRIES = 5


@define
class PostgresRepeats:
    """``Repeats`` that every process on the database shares."""

    _database: Database
    _broom: Broom = field(init=False, factory=lambda: Broom(repeat))

    async def claim(
        self,
        key: RepeatKey,
        fingerprint: bytes,
        *,
        seed: UUID,
        now: datetime,
        keep_for: timedelta,
    ) -> Claimed | AlreadyDone | InProgress:
        """See ``Repeats.claim``."""
        row: dict[str, object] = {
            "user_id": key.user_id,
            "key": key.key,
            "fingerprint": fingerprint,
            "seed": seed,
            "leased_until": now + LEASE,
            "forgotten_at": now + keep_for,
            "now": now,
        }
        async with self._database.transaction(key.tenant_id) as transaction:
            for _ in range(_TRIES):
                claimed = (await transaction.write(_CLAIM, [row])).scalar_one_or_none()
                if claimed is not None:
                    await self._broom.sweep(transaction, now)
                    await transaction.commit()
                    return Claimed(claimed)
                if known := await _read(transaction, key, now):
                    return known
                # Released between the two statements: it may be had now.
        raise StoreUnavailable

    async def keep(self, key: RepeatKey, answer: KeptAnswer) -> None:
        """See ``Repeats.keep``."""
        await self._end(
            key, status=answer.status, headers=answer.headers, body=answer.body
        )

    async def release(self, key: RepeatKey) -> None:
        """See ``Repeats.release``."""
        await self._end(key)

    async def _end(self, key: RepeatKey, **answer: object) -> None:
        async with self._database.transaction(key.tenant_id) as transaction:
            await transaction.run(_END, {**_which(key), "leased_until": None, **answer})
            await transaction.commit()


def _which(key: RepeatKey) -> dict[str, object]:
    return {"of_person": key.user_id, "of_key": key.key}


async def _read(
    transaction: Transaction, key: RepeatKey, now: datetime
) -> AlreadyDone | InProgress | None:
    row = (await transaction.run(_READ, {**_which(key), "now": now})).one_or_none()
    if row is None:
        return None
    if row.status is None:
        return InProgress(row.fingerprint)
    headers = tuple((name, value) for name, value in row.headers)
    return AlreadyDone(row.fingerprint, KeptAnswer(row.status, headers, row.body))


def _satisfies_port(repeats: PostgresRepeats) -> Repeats:
    return repeats
