"""What has been kept long enough goes: by the relay's role, over all tenants.

In small portions, each a transaction of its own, so that nobody waits for it. What
is being used is passed over and taken the next time. Any number may run at once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Delete,
    Integer,
    Table,
    bindparam,
    delete,
    exists,
    func,
    select,
    tuple_,
)

from adapters.postgres.database import Database
from adapters.postgres.queue.retention import clear_facts
from adapters.postgres.tables import (
    attempt,
    dead_letter,
    delivery,
    event,
    notice,
    occurrence,
    repeat,
    signature,
    subscription,
)
from adapters.postgres.tables.shared import Instant
from events_core.domain.exposure import Status

PORTION = 500

_NOW = bindparam("now", type_=Instant)
_ARCHIVED_BEFORE = bindparam("archived_events", type_=Instant)
_TRIED_BEFORE = bindparam("attempts", type_=Instant)
_DIED_BEFORE = bindparam("dead_letters", type_=Instant)

# An event is over when its last occurrence is.
_over_since = (
    select(func.max(occurrence.c.lasts_until))
    .where(
        occurrence.c.tenant_id == event.c.tenant_id,
        occurrence.c.event_id == event.c.event_id,
    )
    .scalar_subquery()
)
_is_told = exists().where(subscription.c.subscription_id == delivery.c.subscription_id)
_GOES: Mapping[str, tuple[Table, ColumnElement[bool]]] = {
    "kept_answers": (repeat, repeat.c.forgotten_at < _NOW),
    "notices": (notice, notice.c.forgotten_at < _NOW),
    "signatures": (signature, signature.c.forgotten_at < _NOW),
    "archived_events": (
        event,
        (event.c.status == Status.ARCHIVED.value) & (_over_since < _ARCHIVED_BEFORE),
    ),
    # Whoever is removed takes hers with her, but for what was too much at once.
    "deliveries": (delivery, ~_is_told),
    "attempts": (attempt, attempt.c.made_at < _TRIED_BEFORE),
    "dead_letters": (dead_letter, dead_letter.c.died_at < _DIED_BEFORE),
}


@frozen(kw_only=True)
class Kept:
    """How long what does not expire by itself is kept.

    Archived events from their end on; facts from when they got their position,
    attempts from when they were made, dead letters from when they were given up.
    """

    archived_events: timedelta = timedelta(days=730)
    facts: timedelta = timedelta(days=30)
    attempts: timedelta = timedelta(days=30)
    dead_letters: timedelta = timedelta(days=90)


async def clear_away(
    relay: Database, *, now: datetime, kept: Kept = Kept(), dry_run: bool = False
) -> Mapping[str, int]:
    """Delete what has expired, and return how much of each thing, by name.

    ``relay`` is the database as the relay's role. Kept answers, notices and signatures
    go when they have expired, archived events with answers, attendance and history;
    their facts have their own time. No fact goes that somebody active has still to be
    told of, or that is a dead letter. Deliveries go that are nobody's any more. With
    ``dry_run`` nothing goes and all that would is counted.

    Raises:
        StoreUnavailable: the database cannot be reached; what is gone is gone.
    """
    values = {
        "now": now,
        "archived_events": now - kept.archived_events,
        "attempts": now - kept.attempts,
        "dead_letters": now - kept.dead_letters,
    }
    cleared = {
        name: await (
            _count(relay, table, condition, values)
            if dry_run
            else _delete(relay, _portion(table, condition), values)
        )
        for name, (table, condition) in _GOES.items()
    }
    # Last, as a dead letter keeps its fact.
    cleared["facts"] = await clear_facts(
        relay, before=now - kept.facts, portion=PORTION, dry_run=dry_run
    )
    return cleared


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
