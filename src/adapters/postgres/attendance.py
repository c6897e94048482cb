"""Who came, in one transaction."""

from attrs import frozen
from sqlalchemy import Text, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.database import TENANT, Transaction
from adapters.postgres.facts import write_facts
from adapters.postgres.predicates import storable
from adapters.postgres.rows import (
    ATTENDANCE_COLUMNS,
    attendance_from,
    attendance_row,
)
from adapters.postgres.tables import attendance
from events_core.domain.attendance import Attendance
from events_core.domain.change import Change
from events_core.domain.identity import EventId, OccurrenceKey, UserId

_MARK = select(*ATTENDANCE_COLUMNS).where(
    attendance.c.tenant_id == TENANT,
    attendance.c.event_id == bindparam("of_event", type_=Uuid),
    attendance.c.occurrence_key == bindparam("of_occurrence", type_=Text),
    attendance.c.user_id == bindparam("of_person", type_=Uuid),
)
_WRITE = insert(attendance).on_conflict_do_nothing()


@frozen
class PostgresAttendanceBook:
    """``AttendanceBook`` in one transaction."""

    _transaction: Transaction

    async def find(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Attendance | None:
        """See ``AttendanceBook.find``."""
        found = await self._transaction.run(
            _MARK,
            {
                "of_event": event_id,
                "of_occurrence": storable(occurrence),
                "of_person": user_id,
            },
        )
        row = found.one_or_none()
        return None if row is None else attendance_from(row)

    async def save(self, change: Change[Attendance]) -> None:
        """See ``AttendanceBook.save``. There is no change but a first mark."""
        if not change.happened:
            return
        assert change.before is None
        assert change.after is not None
        written = await self._transaction.write(_WRITE, [attendance_row(change.after)])
        if not written.rowcount:
            raise self._transaction.lose()
        await write_facts(self._transaction, change.facts)
