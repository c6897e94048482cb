"""History and facts, in one transaction."""

from attrs import frozen
from sqlalchemy import Integer, Uuid, bindparam, func, select

from adapters.postgres.predicates import storable
from adapters.postgres.rows import (
    MOVEMENT_COLUMNS,
    VERSION_COLUMNS,
    movement_from,
    version_from,
)
from adapters.postgres.tables import event_version, outbox, seat_movement
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.history import Version
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.ports.store import Entries, Entry

_EVENT = bindparam("of_event", type_=Uuid)

_LATEST = 2**31 - 1

_VERSIONS = (
    select(*VERSION_COLUMNS)
    .where(
        event_version.c.tenant_id == TENANT,
        event_version.c.event_id == _EVENT,
        event_version.c.version.between(
            bindparam("first", type_=Integer), bindparam("last", type_=Integer)
        ),
    )
    .order_by(event_version.c.version)
)
_FACTS = (
    select(outbox.c.payload)
    .where(outbox.c.tenant_id == TENANT, outbox.c.event_id == _EVENT)
    .order_by(outbox.c.seq)
)

_ledger = (
    seat_movement.c.tenant_id == TENANT,
    seat_movement.c.event_id == _EVENT,
    seat_movement.c.occurrence_key == bindparam("of_occurrence"),
)
_MOVEMENTS = (
    select(
        func.sum(seat_movement.c.seats).over(order_by=seat_movement.c.number),
        *MOVEMENT_COLUMNS,
    )
    .where(*_ledger)
    .order_by(seat_movement.c.number)
    .limit(bindparam("rows", type_=Integer))
    .offset(bindparam("skipped", type_=Integer))
)
_HOW_MANY = select(func.count()).where(*_ledger)


@frozen
class PostgresRecord:
    """``Record`` in one transaction."""

    _transaction: Transaction

    async def versions(
        self, event_id: EventId, first: int = 1, last: int | None = None
    ) -> tuple[Version, ...]:
        """See ``Record.versions``."""
        found = await self._transaction.run(
            _VERSIONS,
            {
                "of_event": event_id,
                "first": _within_integers(first),
                "last": _within_integers(_LATEST if last is None else last),
            },
        )
        return tuple(map(version_from, found))

    async def facts(self, event_id: EventId) -> tuple[str, ...]:
        """See ``Record.facts``."""
        found = await self._transaction.run(_FACTS, {"of_event": event_id})
        return tuple(found.scalars())

    async def movements(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        offset: int = 0,
    ) -> Entries:
        """See ``Record.movements``."""
        which = {"of_event": event_id, "of_occurrence": storable(occurrence)}
        found = await self._transaction.run(
            _MOVEMENTS, {**which, "rows": limit, "skipped": offset}
        )
        items = tuple(
            Entry(offset + number, movement_from(row[1:]), row[0])
            for number, row in enumerate(found, 1)
        )
        counted = await self._transaction.run(_HOW_MANY, which)
        return Entries(items, counted.scalar_one())


def _within_integers(number: int) -> int:
    """Return the number, or the farthest there is room for: nothing is beyond it."""
    return max(-_LATEST, min(number, _LATEST))
