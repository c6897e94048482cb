"""What people who count on an event must hear: noted, for whoever brings it to them."""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.identity import EventId, OccurrenceKey, UserId

#: How long a notice is kept.
KEPT_FOR = timedelta(days=90)

_COUNTED_ON = frozenset({Status.PUBLISHED, Status.POSTPONED})


class NoticeKind(StrEnum):
    """What became of the event: called off, put off, or at another time or place."""

    CANCELLED = "cancelled"
    POSTPONED = "postponed"
    CHANGED = "changed"


@frozen
class Notice:
    """One person is to hear what became of one occurrence.

    ``event_version`` is the version that did it, ``noted_at`` when.
    """

    event_id: EventId
    occurrence: OccurrenceKey
    user_id: UserId
    event_version: int
    kind: NoticeKind
    noted_at: datetime


def notice_of(change: Change[Event]) -> NoticeKind | None:
    """Return what those who count on the event must hear of a change, if anything."""
    before, after = change.before, change.after
    if not change.happened or before is None or after is None:
        return None
    if before.status is not after.status:
        match after.status:
            case Status.CANCELLED:
                return NoticeKind.CANCELLED
            case Status.POSTPONED:
                return NoticeKind.POSTPONED
            case _:
                return None
    is_moved = _when_and_where(before) != _when_and_where(after)
    is_news = is_moved and after.status in _COUNTED_ON
    return NoticeKind.CHANGED if is_news else None


def _when_and_where(event: Event) -> tuple[object, ...]:
    schedule, details = event.schedule, event.details
    return (
        schedule.starts_at,
        schedule.ends_at,
        schedule.all_day,
        details.location_text,
        details.location_url,
        details.location_geo,
    )
