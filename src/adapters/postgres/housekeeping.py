"""Which events time has something to do with, over all tenants; the relay's to ask."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Uuid, bindparam, select, text, tuple_

from adapters.postgres.database import Database
from adapters.postgres.tables import occurrence
from adapters.postgres.tables.events import TO_ARCHIVE, TO_COMPLETE
from adapters.postgres.tables.shared import Instant
from events_core.domain.identity import EventId, TenantId
from events_core.domain.lifecycle import ARCHIVED_AFTER

PORTION = 200

_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)

_PLACE = (occurrence.c.lasts_until, occurrence.c.event_id)


def _portion(of_those: str) -> Select[Any]:
    return (
        select(occurrence.c.tenant_id, occurrence.c.event_id, occurrence.c.lasts_until)
        .where(
            text(of_those),
            occurrence.c.lasts_until <= bindparam("over_at", type_=Instant),
            tuple_(*_PLACE)
            > tuple_(
                bindparam("after_time", type_=Instant),
                bindparam("after_event", type_=Uuid),
            ),
        )
        .order_by(*_PLACE)
        .limit(bindparam("portion", type_=Integer))
    )


_TO_COMPLETE, _TO_ARCHIVE = _portion(TO_COMPLETE), _portion(TO_ARCHIVE)


async def over_events(
    relay: Database, now: datetime
) -> AsyncIterator[tuple[TenantId, EventId]]:
    """Walk over the events that are to be completed or archived by now, each once.

    ``relay`` is the database as the relay's role. Read portion by portion, so that
    whatever is done to an event in between harms nothing; what becomes due behind the
    place that was reached is found by the next walk.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    for portion, over_at in (
        (_TO_COMPLETE, now),
        (_TO_ARCHIVE, now - ARCHIVED_AFTER),
    ):
        place: dict[str, object] = {
            "after_time": _LONG_AGO,
            "after_event": UUID(int=0),
        }
        while True:
            values = {"over_at": over_at, "portion": PORTION, **place}
            async with relay.transaction(None) as transaction:
                found = (await transaction.run(portion, values)).all()
            for row in found:
                yield row.tenant_id, row.event_id
            if len(found) < PORTION:
                break
            last = found[-1]
            place = {"after_time": last.lasts_until, "after_event": last.event_id}
