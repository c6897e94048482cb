"""The statement behind numbers: what is counted of the occurrences of a time."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, func, lateral, select, true

from adapters.postgres.listing import (
    ListShape,
    keys_of,
    power_reaching,
    same,
    values_of_window,
)
from adapters.postgres.predicates import shape_of, values_of
from adapters.postgres.rows import rsvp_side
from adapters.postgres.rows.members import EVENT_TYPE, Row
from adapters.postgres.tables import attendance, event, occurrence, rsvp, tally
from adapters.postgres.transaction import TENANT
from events_core.domain.answers import Side, Tally
from events_core.domain.numbers import Came, Counted
from events_core.domain.predicate import Predicate
from events_core.domain.schedule import TimeWindow

_SIDES = (*Side, None)


@lru_cache(512)
def counted_statement(shape: ListShape) -> Select[Any]:
    """Return the statement that reads what is counted of the first that match."""
    keys = keys_of(shape)
    of_each = ("event_id", "occurrence_key")
    came = lateral(
        select(
            *(
                func.count()
                .filter(rsvp_side.is_not_distinct_from(side))
                .label(f"came_{side or 'unasked'}")
                for side in _SIDES
            )
        )
        .select_from(attendance)
        .outerjoin(
            rsvp,
            and_(same(rsvp, attendance, *of_each, "user_id")),
        )
        .where(
            attendance.c.tenant_id == TENANT,
            attendance.c.event_id == keys.c.event_id,
            attendance.c.occurrence_key == keys.c.occurrence_key,
            attendance.c.undone_at.is_(None),
        )
    ).alias("came")
    return (
        select(
            keys.c.event_id,
            keys.c.occurrence_key,
            event.c.title,
            occurrence.c.event_type,
            keys.c.starts_at,
            occurrence.c.lasts_until,
            tally.c.capacity,
            tally.c.interested,
            tally.c.going,
            tally.c.not_going,
            tally.c.waiting,
            tally.c.seats,
            *came.c,
        )
        .select_from(keys)
        .join(occurrence, same(occurrence, keys, *of_each))
        .join(event, same(event, keys, "event_id"))
        .join(tally, same(tally, keys, *of_each))
        .join(came, true())
        .order_by(*keys.c)
    )


def shape_of_counted(where: Predicate, window: TimeWindow, limit: int) -> ListShape:
    """Return the shape of the question."""
    return ListShape(
        shape_of(where),
        window.start is not None,
        window.end is not None,
        reach=power_reaching(limit),
    )


def values_of_counted(
    where: Predicate, window: TimeWindow, limit: int
) -> Mapping[str, object]:
    """Return what to bind to the statement of that shape."""
    rows = {"rows": limit, "reach": limit, "skipped": 0}
    return {**values_of(where), **values_of_window(window), **rows}


def counted_from(row: Row) -> Counted:
    """Return what is counted of one occurrence."""
    (
        event_id, occurrence_key, title, event_type, starts_at, lasts_until, capacity,
        *numbers,
    ) = row  # fmt: skip
    counts = len(numbers) - len(_SIDES)
    return Counted(
        event_id=event_id,
        occurrence=occurrence_key,
        title=title,
        event_type=EVENT_TYPE[event_type],
        starts_at=starts_at,
        lasts_until=lasts_until,
        capacity=capacity,
        tally=Tally(*numbers[:counts]),
        came=_came(numbers[counts:]),
    )


def _came(numbers: list[int]) -> Came:
    pairs = zip(_SIDES, numbers, strict=True)
    return {side: number for side, number in pairs if number}
