"""Answers and marks, in one transaction."""

from attrs import define, field
from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.database import TENANT, Transaction
from adapters.postgres.facts import write_facts
from adapters.postgres.predicates import storable
from adapters.postgres.rows import RSVP_COLUMNS, rsvp_from, rsvp_row
from adapters.postgres.tables import rsvp, tally
from events_core.domain.answers import Answer, Tally
from events_core.domain.change import Change
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster

_EVENT = bindparam("of_event", type_=Uuid)
_OCCURRENCE = bindparam("of_occurrence", type_=Text)


def _of_occurrence(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.tenant_id == TENANT,
        table.c.event_id == _EVENT,
        table.c.occurrence_key == _OCCURRENCE,
    )


_HER_ANSWER = (*_of_occurrence(rsvp), rsvp.c.user_id == bindparam("of_person"))

# Whoever waits for a row waits in no line: who comes late may be first, again and
# again. So they line up for the occurrence before, one behind the other.
_turn = (
    select(
        func.pg_advisory_xact_lock(
            func.hashtextextended(func.concat(TENANT, _EVENT, _OCCURRENCE), 0)
        ).label("taken")
    )
    .cte("turn")
    .prefix_with("MATERIALIZED")
)
# What she answered is read after the wait, as it is by then: not in one statement.
_HOLD = (
    select(*(tally.c[answer.value] for answer in Answer))
    .join_from(tally, _turn, true())
    .where(*_of_occurrence(tally))
    .with_for_update(of=tally)
)
_ANSWER = select(*RSVP_COLUMNS).where(*_HER_ANSWER)

_COUNT = update(tally).where(*_of_occurrence(tally))
_WITHDRAW = delete(rsvp).where(*_HER_ANSWER)
_new = insert(rsvp)
_REPLACE = _new.on_conflict_do_update(
    constraint=rsvp.primary_key,
    set_={name: _new.excluded[name] for name in ("answer", "comment", "updated_at")},
)


@define
class PostgresRosters:
    """``Rosters`` in one transaction."""

    _transaction: Transaction
    _held: set[tuple[EventId, OccurrenceKey]] = field(factory=set, init=False)

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Roster | None:
        """See ``Rosters.claim``."""
        which = {"of_event": event_id, "of_occurrence": storable(occurrence)}
        found = await self._transaction.run(_HOLD, which)
        counts = found.one_or_none()
        if counts is None:
            return None
        self._held.add((event_id, occurrence))
        answered = await self._transaction.run(_ANSWER, {**which, "of_person": user_id})
        row = answered.one_or_none()
        return Roster(
            event_id,
            occurrence,
            user_id,
            Tally(**dict(counts)),
            None if row is None else rsvp_from(row),
        )

    async def save(self, change: Change[Roster]) -> None:
        """See ``Rosters.save``."""
        if not change.happened:
            return
        roster = change.after
        assert roster is not None
        if (roster.event_id, roster.occurrence) not in self._held:
            raise RuntimeError("a roster is claimed before it is saved")
        which = {"of_event": roster.event_id, "of_occurrence": roster.occurrence}
        counts = {
            answer.value: getattr(roster.tally, answer.value) for answer in Answer
        }
        await self._transaction.run(_COUNT, {**which, **counts})
        if roster.rsvp is None:
            await self._transaction.run(
                _WITHDRAW, {**which, "of_person": roster.user_id}
            )
        else:
            await self._transaction.write(_REPLACE, [rsvp_row(roster.rsvp)])
        await write_facts(self._transaction, change.facts)
