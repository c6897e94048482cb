"""What people are to hear, in one transaction."""

from attrs import frozen
from sqlalchemy import Text, Uuid, bindparam, insert, literal_column, select

from adapters.postgres.rows import NOTICE_COLUMNS, notice_from
from adapters.postgres.tables import notice, rsvp, tally
from adapters.postgres.tables.shared import Instant
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.answers import Answer
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId
from events_core.domain.notices import KEPT_FOR, Notice, NoticeKind

_EVENT = bindparam("of_event", type_=Uuid)

# Whoever answers meanwhile waits here, so that nobody is missed.
_HOLD = (
    select(tally.c.occurrence_key)
    .where(tally.c.tenant_id == TENANT, tally.c.event_id == _EVENT)
    .order_by(tally.c.occurrence_key)
    .with_for_update()
)
_WRITE = insert(notice).from_select(
    [
        "tenant_id",
        "event_id",
        "occurrence_key",
        "user_id",
        "event_version",
        "kind",
        "noted_at",
        "forgotten_at",
    ],
    select(
        rsvp.c.tenant_id,
        rsvp.c.event_id,
        rsvp.c.occurrence_key,
        rsvp.c.user_id,
        bindparam("at_version"),
        bindparam("of_kind", type_=Text),
        bindparam("at", type_=Instant),
        bindparam("until", type_=Instant),
    ).where(
        rsvp.c.tenant_id == TENANT,
        rsvp.c.event_id == _EVENT,
        rsvp.c.answer != literal_column(f"'{Answer.NOT_GOING.value}'"),
    ),
)
_READ = (
    select(*NOTICE_COLUMNS)
    .where(notice.c.tenant_id == TENANT, notice.c.event_id == _EVENT)
    .order_by(notice.c.event_version, notice.c.occurrence_key, notice.c.user_id)
)


@frozen
class PostgresNotices:
    """``Notices`` in one transaction."""

    _transaction: Transaction

    async def note(self, change: Change[Event], kind: NoticeKind) -> int:
        """See ``Notices.note``."""
        event = change.after
        assert event is not None
        await self._transaction.run(_HOLD, {"of_event": event.id})
        written = await self._transaction.run(
            _WRITE,
            {
                "of_event": event.id,
                "at_version": event.version,
                "of_kind": kind.value,
                "at": change.cause.at,
                "until": change.cause.at + KEPT_FOR,
            },
        )
        return written.rowcount

    async def of_event(self, event_id: EventId) -> tuple[Notice, ...]:
        """See ``Notices.of_event``."""
        found = await self._transaction.run(_READ, {"of_event": event_id})
        return tuple(map(notice_from, found))
