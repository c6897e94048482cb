"""Answers and marks, in one transaction."""

from attrs import define, field
from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    true,
)

from adapters.postgres.answering import EVENT, OCCURRENCE, of_occurrence, written
from adapters.postgres.audit import write_audit
from adapters.postgres.predicates import storable
from adapters.postgres.rows import (
    RSVP_COLUMNS,
    fact_row,
    movement_row,
    rsvp_from,
    rsvp_row,
    rsvp_side,
)
from adapters.postgres.tables import event, rsvp, tally
from adapters.postgres.transaction import TENANT, Transaction
from adapters.tracing import current
from events_core.domain.answers import Admission, Answer, Rsvp, Side, Tally
from events_core.domain.audit import of_roster
from events_core.domain.change import Change
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster
from events_core.domain.signup import MOST_GUESTS

_TEXTS = ARRAY(Text)


# Whoever waits for a row waits in no line: who comes late may be first, again and
# again. So they line up for the occurrence before, one behind the other.
_turn = (
    select(
        func.pg_advisory_xact_lock(
            func.hashtextextended(func.concat(TENANT, EVENT, OCCURRENCE), 0)
        ).label("taken")
    )
    .cte("turn")
    .prefix_with("MATERIALIZED")
)
_COUNTED = (*(answer.value for answer in Answer), "waiting")
_COUNTS = (*_COUNTED, "seats", "turns")
# What was answered is read after the wait, as it is by then: not in one statement.
_HOLD = (
    select(*(tally.c[name] for name in _COUNTS))
    .join_from(tally, _turn, true())
    .where(*of_occurrence(tally))
    .with_for_update(of=tally)
)
_ANSWERS = (
    select(event.c.version, *RSVP_COLUMNS)
    .select_from(event)
    .outerjoin(
        rsvp,
        and_(
            *of_occurrence(rsvp),
            rsvp.c.user_id == func.any(bindparam("of_people", type_=ARRAY(Uuid))),
        ),
    )
    .where(event.c.tenant_id == TENANT, event.c.event_id == EVENT)
)
# A literal, so that the index of those who wait is used however it is planned.
_WAITING = (
    *of_occurrence(rsvp),
    rsvp.c.admission == literal_column(f"'{Admission.WAITLISTED.value}'"),
)
_FIRST_WAITING = (
    select(*RSVP_COLUMNS)
    .where(*_WAITING, rsvp.c.guests < bindparam("largest", type_=Integer))
    .order_by(rsvp.c.turn)
    .limit(bindparam("rows", type_=Integer))
)
_LAST_CONFIRMED = (
    select(*RSVP_COLUMNS)
    .where(*of_occurrence(rsvp), rsvp.c.admission == Admission.CONFIRMED.value)
    .order_by(rsvp.c.turn.desc())
    .limit(bindparam("rows", type_=Integer))
)
_PAGE = (
    select(*RSVP_COLUMNS)
    .where(
        *of_occurrence(rsvp), rsvp_side == func.any(bindparam("sides", type_=_TEXTS))
    )
    .order_by(
        func.array_position(literal([side.value for side in Side], _TEXTS), rsvp_side),
        rsvp.c.turn,
        rsvp.c.created_at,
        rsvp.c.user_id,
    )
    .limit(bindparam("rows", type_=Integer))
    .offset(bindparam("skipped", type_=Integer))
)
_POSITION = select(func.count()).where(
    *_WAITING, rsvp.c.turn <= bindparam("turn", type_=Integer)
)


@define
class PostgresRosters:
    """``Rosters`` in one transaction."""

    _transaction: Transaction
    _held: set[tuple[EventId, OccurrenceKey]] = field(factory=set, init=False)

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, *people: UserId
    ) -> Roster | None:
        """See ``Rosters.claim``."""
        which = {"of_event": event_id, "of_occurrence": storable(occurrence)}
        found = await self._transaction.run(_HOLD, which)
        counts = found.one_or_none()
        if counts is None:
            return None
        self._held.add((event_id, occurrence))
        *tally_, turns = counts
        answered = await self._transaction.run(
            _ANSWERS, {**which, "of_people": list(people)}
        )
        rows = answered.all()
        if not rows:
            return None
        rsvps = [rsvp_from(row[1:]) for row in rows if row[1] is not None]
        return Roster(
            event_id,
            occurrence,
            rows[0][0],
            Tally(*tally_),
            turns,
            {rsvp.user_id: rsvp for rsvp in rsvps},
        )

    async def first_waiting(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        largest: int | None = None,
    ) -> tuple[Rsvp, ...]:
        """See ``Rosters.first_waiting``."""
        found = await self._transaction.run(
            _FIRST_WAITING,
            {
                "of_event": event_id,
                "of_occurrence": storable(occurrence),
                "rows": limit,
                "largest": 1 + MOST_GUESTS if largest is None else largest,
            },
        )
        return tuple(map(rsvp_from, found))

    async def last_confirmed(
        self, event_id: EventId, occurrence: OccurrenceKey, *, limit: int
    ) -> tuple[Rsvp, ...]:
        """See ``Rosters.last_confirmed``."""
        found = await self._transaction.run(
            _LAST_CONFIRMED,
            {
                "of_event": event_id,
                "of_occurrence": storable(occurrence),
                "rows": limit,
            },
        )
        return tuple(map(rsvp_from, found))

    async def page(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        sides: frozenset[Side],
        *,
        limit: int,
        offset: int = 0,
    ) -> tuple[Rsvp, ...]:
        """See ``Rosters.page``."""
        found = await self._transaction.run(
            _PAGE,
            {
                "of_event": event_id,
                "of_occurrence": storable(occurrence),
                "sides": [side.value for side in sides],
                "rows": limit,
                "skipped": offset,
            },
        )
        return tuple(map(rsvp_from, found))

    async def position(self, rsvp: Rsvp) -> int:
        """See ``Rosters.position``."""
        which = {"of_event": rsvp.event_id, "of_occurrence": rsvp.occurrence}
        found = await self._transaction.run(_POSITION, {**which, "turn": rsvp.turn})
        count: int = found.scalar_one()
        return count

    async def save(self, change: Change[Roster]) -> None:
        """See ``Rosters.save``."""
        if not change.happened:
            return
        before, after = change.before, change.after
        assert before is not None
        assert after is not None
        if (after.event_id, after.occurrence) not in self._held:
            raise RuntimeError("a roster is claimed before it is saved")
        which = {"of_event": after.event_id, "of_occurrence": after.occurrence}
        counts = {name: getattr(after.tally, name) for name in _COUNTED}
        changed = [
            rsvp_row(rsvp)
            for user_id, rsvp in after.rsvps.items()
            if before.rsvps.get(user_id) != rsvp
        ]
        moved = after.movements[len(before.movements) :]
        trace = current()
        statement, values = written(
            {**counts, "turns": after.turns},
            withdrawn=before.rsvps.keys() - after.rsvps.keys(),
            answers=changed,
            movements=[
                movement_row(after.event_id, after.occurrence, one) for one in moved
            ],
            facts=[fact_row(fact, trace) for fact in change.facts],
        )
        await self._transaction.run(statement, {**which, **values})
        await write_audit(self._transaction, of_roster(change))
