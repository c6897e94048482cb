"""The statement of the list: a narrow page of keys first, then what hangs on them.

Keys and total are read from the covering index alone; only the page's own rows are
fetched. What overlaps a window began at most ``LOOK_BACK`` before it, and whatever
lasts longer has an index of its own: so the cost grows neither with the number of
events nor with the length of the longest.

A statement is built once for each shape of question.
"""

import operator
from datetime import UTC, datetime, timedelta
from functools import lru_cache, reduce
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import (
    ARRAY,
    CTE,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    null,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from adapters.postgres.predicates import (
    held_by,
    shape_of,
    storable,
    to_sql,
    values_of,
)
from adapters.postgres.rows import LISTING_COLUMNS
from adapters.postgres.scopes import beside_groups
from adapters.postgres.tables import event, event_role, occurrence, rsvp, tally
from adapters.postgres.tables.events import IS_LONG, LOOK_BACK_HOURS
from adapters.postgres.tables.shared import Bytewise, Instant
from adapters.postgres.transaction import TENANT
from events_core.domain.answers import Admission, Answer
from events_core.domain.identity import ScopeKind
from events_core.domain.predicate import Predicate
from events_core.domain.schedule import TimeWindow
from events_core.ports.store import PageQuery

# The first of the bearers.
_READER = 0

LOOK_BACK = timedelta(hours=LOOK_BACK_HOURS)

# Nothing begins or ends outside of these, with a year to spare on both sides: a
# window or a place beyond them is as good as at them.
_DAWN = datetime(1968, 1, 1, tzinfo=UTC)
_DUSK = datetime(2202, 1, 1, tzinfo=UTC)

# As ``Rsvp.shown`` says it. PostgreSQL takes `= ANY` on the right only.
_shown = case(
    (rsvp.c.admission == Admission.WAITLISTED.value, Answer.INTERESTED.value),
    else_=rsvp.c.answer,
)
_PLACE = (occurrence.c.starts_at, occurrence.c.event_id, occurrence.c.occurrence_key)


@frozen
class ListShape:
    """What the statements of a list hang on; the rest is bound.

    ``answered`` is True where one of some answers is wanted, False where none of
    some is, None where answers do not matter. ``goes_on`` is after another page. In
    ``where`` the reader is the first of the bearers. The page ends within the first
    ``reach``, a power of four.
    """

    where: Predicate
    has_start: bool
    has_end: bool
    answered: bool | None = None
    goes_on: bool = False
    is_counted: bool = True
    reach: int = 4**4

    @classmethod
    def of(cls, query: PageQuery) -> "ListShape":
        """Return the shape of a question."""
        answers = query.my_answers
        return cls(
            shape_of(query.where, query.reader),
            query.window.start is not None,
            query.window.end is not None,
            None if answers is None else None not in answers,
            query.after is not None,
            query.count,
            power_reaching(_reach(query)),
        )


def values_of_list(query: PageQuery) -> dict[str, object]:
    """Return what to bind to the statements of the question's shape."""
    values = {
        **values_of(query.where, query.reader),
        **values_of_window(query.window),
        "reader": query.reader.user_id,
        "rows": query.limit + 1,
        "skipped": query.offset,
        "reach": _reach(query),
    }
    if query.my_answers is not None:
        wanted = {answer for answer in query.my_answers if answer}
        if None in query.my_answers:
            wanted = set(Answer) - wanted
        values["answers"] = [answer.value for answer in wanted]
    if query.after is not None:
        values["after_start"] = _within_time(query.after.starts_at)
        values["after_event"] = query.after.event_id
        values["after_key"] = storable(query.after.occurrence)
    return values


def values_of_window(window: TimeWindow) -> dict[str, object]:
    """Return what to bind to the conditions of a window."""
    values: dict[str, object] = {}
    if window.start is not None:
        start = _within_time(window.start)
        values |= {"from": start, "look_back": start - LOOK_BACK}
    if window.end is not None:
        values["until"] = _within_time(window.end)
    return values


@lru_cache(512)
def page_statement(shape: ListShape) -> Select[Any]:
    """Return the statement that reads one page and, if there is one, the next row.

    Before each row's listing stands the total. It is there without any row, too: then
    of one the listing's columns are null.
    """
    page = keys_of(shape)
    total = _total(shape).subquery("counted")
    return (
        select(total.c.total, *LISTING_COLUMNS, _roles(page))
        .select_from(total.outerjoin(_listed(page), true()))
        .order_by(*page.c)
    )


def keys_of(shape: ListShape) -> CTE:
    """Return the keys of one page and the next row: start, event and occurrence."""
    near, *far = (
        select(*_PLACE).where(~occurrence.c.deleted, *_conditions(shape), part)
        for part in _parts(shape)
    )
    # Twice, since a plan for any number is made for a tenth of all.
    first = near.order_by(*_PLACE).limit(literal_column(str(shape.reach)))
    near = select(*first.subquery().c).limit(_number("reach"))
    # Apart, so that the few long ones are found by their own index: in one order with
    # the others, all that ever began would be read for the sake of a limit.
    longs = [part.cte("long").prefix_with("MATERIALIZED") for part in far]
    parts = (near.subquery(), *longs)
    found = union_all(*(select(*part.c) for part in parts)).subquery()
    return (
        select(*found.c)
        .order_by(*found.c)
        .limit(_number("rows"))
        .offset(_number("skipped"))
        .cte("page")
        .prefix_with("MATERIALIZED")
    )


def _total(shape: ListShape) -> Select[Any]:
    """Return how many are in the whole list, or null where nobody wants to know."""
    if not shape.is_counted:
        return select(null().label("total"))
    whole = evolve(shape, goes_on=False)
    counts = (
        select(func.count())
        .where(~occurrence.c.deleted, *_conditions(whole), part)
        .scalar_subquery()
        for part in _parts(whole)
    )
    return select(reduce(operator.add, counts).label("total"))


@lru_cache(512)
def places_statement(shape: ListShape) -> CompoundSelect[Any]:
    """Return the statement that reads the communities and teams of what matches.

    Its rows are as those of ``beside_groups``.
    """
    found = union_all(
        *(
            select(occurrence.c.scope_kind, occurrence.c.scope_id).where(
                occurrence.c.scope_kind != ScopeKind.TENANT.value,
                *_conditions(shape),
                part,
            )
            for part in _parts(shape)
        )
    ).subquery()
    return beside_groups(found)


@lru_cache(512)
def look_statement(where: Predicate) -> Select[Any]:
    """Return the statement that reads one event as a listing, if the shape holds."""
    wanted = (
        select(*_PLACE)
        .join(event, same(occurrence, event, "event_id", "occurrence_key"))
        .where(
            occurrence.c.tenant_id == TENANT,
            event.c.event_id == bindparam("of_event", type_=Uuid),
            to_sql(where, event),
        )
        .cte("wanted")
    )
    return select(*LISTING_COLUMNS, _roles(wanted)).select_from(_listed(wanted))


def _listed(keys: FromClause) -> FromClause:
    """Return what there is to read about some keys."""
    mine = and_(
        same(rsvp, keys, "event_id", "occurrence_key"), rsvp.c.user_id == _reader()
    )
    return (
        keys.join(occurrence, same(occurrence, keys, "event_id", "occurrence_key"))
        .join(event, same(event, keys, "event_id"))
        .join(tally, same(tally, keys, "event_id", "occurrence_key"))
        .outerjoin(rsvp, mine)
    )


def _roles(keys: FromClause) -> ColumnElement[Any]:
    """Return the roles that the reader has on the event of a key."""
    return func.array(
        select(event_role.c.role)
        .where(same(event_role, keys, "event_id"), *held_by(_READER))
        .scalar_subquery()
    )


def _conditions(shape: ListShape) -> list[ColumnElement[bool]]:
    conditions = [occurrence.c.tenant_id == TENANT, to_sql(shape.where, occurrence)]
    if shape.has_end:
        conditions.append(occurrence.c.starts_at <= _instant("until"))
    if shape.has_start:
        conditions.append(occurrence.c.lasts_until >= _instant("from"))
    if shape.answered is not None:
        answered = exists(
            select(rsvp.c.event_id).where(
                same(rsvp, occurrence, "event_id", "occurrence_key"),
                rsvp.c.user_id == _reader(),
                _shown == func.any(bindparam("answers", type_=ARRAY(Text))),
            )
        )
        conditions.append(answered if shape.answered else not_(answered))
    if shape.goes_on:
        last = (
            _instant("after_start"),
            bindparam("after_event", type_=Uuid),
            bindparam("after_key", type_=Bytewise),
        )
        conditions.append(tuple_(*_PLACE) > tuple_(*last))
    return conditions


def _parts(shape: ListShape) -> tuple[ColumnElement[bool], ...]:
    """Return conditions that part the list in two, each with an index to read."""
    if not shape.has_start:
        return (true(),)
    look_back = _instant("look_back")
    return (
        occurrence.c.starts_at >= look_back,
        and_(occurrence.c.starts_at < look_back, text(IS_LONG)),
    )


def same(one: FromClause, other: FromClause, *names: str) -> ColumnElement[bool]:
    """Return that two tables tell of the same thing, in the tenant."""
    return and_(one.c.tenant_id == TENANT, *(one.c[n] == other.c[n] for n in names))


def _reach(query: PageQuery) -> int:
    return query.offset + query.limit + 1


def power_reaching(number: int) -> int:
    """Return the power of four that a shape has where a page ends within so many."""
    digits = (number.bit_length() + 1) // 2
    power: int = 4**digits
    return power


def _within_time(moment: datetime) -> datetime:
    return min(max(moment, _DAWN), _DUSK)


def _instant(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=Instant)


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer)


def _reader() -> BindParameter[Any]:
    return bindparam("reader", type_=Uuid)
