"""What has been kept long enough goes: by the relay's role, over all tenants.

In small portions, each a transaction of its own, so that nobody waits for it. What
is being used is passed over and taken the next time. Any number may run at once.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Delete,
    Integer,
    Table,
    bindparam,
    delete,
    func,
    select,
    tuple_,
)

from adapters.postgres.database import Database
from adapters.postgres.tables import event, occurrence, repeat, signature
from adapters.postgres.tables.shared import Instant
from events_core.domain.exposure import Status

PORTION = 500

_NOW = bindparam("now", type_=Instant)
_BEFORE = bindparam("before", type_=Instant)

# An event is over when its last occurrence is.
_over_since = (
    select(func.max(occurrence.c.lasts_until))
    .where(
        occurrence.c.tenant_id == event.c.tenant_id,
        occurrence.c.event_id == event.c.event_id,
    )
    .scalar_subquery()
)
_GOES: Mapping[str, tuple[Table, ColumnElement[bool]]] = {
    "kept_answers": (repeat, repeat.c.forgotten_at < _NOW),
    "signatures": (signature, signature.c.forgotten_at < _NOW),
    "archived_events": (
        event,
        (event.c.status == Status.ARCHIVED.value) & (_over_since < _BEFORE),
    ),
}


async def clear_away(
    relay: Database, *, now: datetime, archived_before: datetime, dry_run: bool = False
) -> Mapping[str, int]:
    """Delete what has expired, and return how much of each thing, by name.

    ``relay`` is the database as the relay's role. Kept answers and signatures go when
    they have expired, archived events when they were over before ``archived_before``,
    with their answers, attendance and history; their facts stay. With ``dry_run``
    nothing goes and all that would is counted.

    Raises:
        StoreUnavailable: the database cannot be reached; what is gone is gone.
    """
    values = {"now": now, "before": archived_before}
    return {
        name: await (
            _count(relay, table, condition, values)
            if dry_run
            else _delete(relay, _portion(table, condition), values)
        )
        for name, (table, condition) in _GOES.items()
    }


def _portion(table: Table, condition: ColumnElement[bool]) -> Delete:
    key = tuple_(*table.primary_key)
    portion = select(*table.primary_key).where(condition).limit(bindparam("portion"))
    return delete(table).where(key.in_(portion))


async def _count(
    relay: Database,
    table: Table,
    condition: ColumnElement[bool],
    values: Mapping[str, object],
) -> int:
    counting = select(func.count(type_=Integer)).select_from(table).where(condition)
    async with relay.transaction(None) as transaction:
        counted: int = (await transaction.run(counting, values)).scalar_one()
    return counted


async def _delete(
    relay: Database, portion: Delete, values: Mapping[str, object]
) -> int:
    deleted = 0
    while True:
        async with relay.transaction(None) as transaction:
            done = await transaction.run(portion, {**values, "portion": PORTION})
            await transaction.commit()
        deleted += done.rowcount
        if done.rowcount < PORTION:
            return deleted
