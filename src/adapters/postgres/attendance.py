"""Who came, in one transaction."""

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.audit import write_audit
from adapters.postgres.facts import write_facts
from adapters.postgres.predicates import storable
from adapters.postgres.rows import (
    ATTENDANCE_COLUMNS,
    attendance_from,
    attendance_row,
    rsvp_side,
)
from adapters.postgres.tables import attendance, attendance_nonce, rsvp
from adapters.postgres.tables.shared import Instant
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.answers import Side
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import of_attendance
from events_core.domain.change import Change
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.numbers import Came


def _of_occurrence(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.tenant_id == TENANT,
        table.c.event_id == bindparam("of_event", type_=Uuid),
        table.c.occurrence_key == bindparam("of_occurrence", type_=Text),
    )


_HERS = attendance.c.user_id == bindparam("of_person", type_=Uuid)
_MARK = select(*ATTENDANCE_COLUMNS).where(*_of_occurrence(attendance), _HERS)
_STANDING = (*_of_occurrence(attendance), attendance.c.undone_at.is_(None))
_PAGE = (
    select(*ATTENDANCE_COLUMNS)
    .where(*_STANDING)
    .order_by(attendance.c.marked_at, attendance.c.user_id)
    .limit(bindparam("up_to", type_=Integer))
    .offset(bindparam("from_place", type_=Integer))
)
_COUNT = select(func.count()).select_from(attendance).where(*_STANDING)
_CAME = (
    select(rsvp_side.label("side"), func.count().label("number"))
    .select_from(
        attendance.outerjoin(
            rsvp,
            and_(
                rsvp.c.tenant_id == attendance.c.tenant_id,
                rsvp.c.event_id == attendance.c.event_id,
                rsvp.c.occurrence_key == attendance.c.occurrence_key,
                rsvp.c.user_id == attendance.c.user_id,
            ),
        )
    )
    .where(*_STANDING)
    .group_by(rsvp_side)
)
_WRITE = insert(attendance).on_conflict_do_nothing()
# A marker can have been erased since the mark was read; the times tell enough.
_CHANGE = update(attendance).where(
    *_of_occurrence(attendance),
    _HERS,
    attendance.c.marked_at == bindparam("was_marked_at", type_=Instant),
    attendance.c.undone_at.is_not_distinct_from(
        bindparam("was_undone_at", type_=Instant)
    ),
)
_NONCE = select(
    *(
        attendance_nonce.c[name]
        for name in ("user_id", "marked_by", "marked_at", "undone_at", "made")
    )
).where(*_of_occurrence(attendance_nonce), attendance_nonce.c.nonce == bindparam("of"))
_REMEMBER = insert(attendance_nonce).on_conflict_do_nothing()


@frozen
class PostgresAttendanceBook:
    """``AttendanceBook`` in one transaction."""

    _transaction: Transaction

    async def find(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Attendance | None:
        """See ``AttendanceBook.find``."""
        which = {**_occurrence(event_id, occurrence), "of_person": user_id}
        row = (await self._transaction.run(_MARK, which)).one_or_none()
        return None if row is None else attendance_from(row)

    async def page(
        self, event_id: EventId, occurrence: OccurrenceKey, limit: int, offset: int
    ) -> tuple[tuple[Attendance, ...], int]:
        """See ``AttendanceBook.page``."""
        which = _occurrence(event_id, occurrence)
        part = {"up_to": limit, "from_place": offset}
        found = await self._transaction.run(_PAGE, {**which, **part})
        marks = tuple(map(attendance_from, found))
        total: int = (await self._transaction.run(_COUNT, which)).scalar_one()
        return marks, total

    async def came(self, event_id: EventId, occurrence: OccurrenceKey) -> Came:
        """See ``AttendanceBook.came``."""
        which = _occurrence(event_id, occurrence)
        found = await self._transaction.run(_CAME, which)
        return {
            None if row.side is None else Side(row.side): row.number for row in found
        }

    async def save(self, change: Change[Attendance]) -> None:
        """See ``AttendanceBook.save``."""
        if not change.happened:
            return
        before, after = change.before, change.after
        assert after is not None
        if before is None:
            written = await self._transaction.write(_WRITE, [attendance_row(after)])
        else:
            written = await self._transaction.run(
                _CHANGE,
                {
                    **_occurrence(after.event_id, after.occurrence),
                    "of_person": after.user_id,
                    "was_marked_at": before.marked_at,
                    "was_undone_at": before.undone_at,
                    **_changeable(before, after),
                },
            )
        if not written.rowcount:
            raise self._transaction.lose()
        await write_facts(self._transaction, change.facts)
        await write_audit(self._transaction, of_attendance(change))

    async def answered(
        self, event_id: EventId, occurrence: OccurrenceKey, nonce: str
    ) -> Reply | None:
        """See ``AttendanceBook.answered``."""
        which = {**_occurrence(event_id, occurrence), "of": storable(nonce)}
        row = (await self._transaction.run(_NONCE, which)).one_or_none()
        if row is None:
            return None
        *mark, made = row
        return Reply(Attendance(event_id, occurrence, *mark), made)

    async def remember(self, nonce: str, reply: Reply) -> None:
        """See ``AttendanceBook.remember``."""
        row = {**attendance_row(reply.mark), "nonce": nonce, "made": reply.made}
        written = await self._transaction.write(_REMEMBER, [row])
        if not written.rowcount:
            raise self._transaction.lose()


def _occurrence(event_id: EventId, occurrence: OccurrenceKey) -> dict[str, object]:
    return {"of_event": event_id, "of_occurrence": storable(occurrence)}


def _changeable(before: Attendance, after: Attendance) -> dict[str, object]:
    """Return what changes; a marker who was erased does not come back."""
    values: dict[str, object] = {
        "marked_at": after.marked_at,
        "undone_at": after.undone_at,
    }
    if before.marked_by != after.marked_by:
        values["marked_by"] = after.marked_by
    return values
