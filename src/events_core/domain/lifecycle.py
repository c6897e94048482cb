"""The life of an event: to which state it may come from which, and when.

Deleting is beside it: a deleted event keeps its status and can be restored, and until
then nothing else can be done to it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from attrs import evolve

from events_core.domain.change import Cause, Change
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.facts import (
    EventArchived,
    EventCancelled,
    EventCompleted,
    EventDeleted,
    EventPostponed,
    EventPublished,
    EventRestored,
    Moved,
)
from events_core.domain.identity import MessageId
from events_core.errors import IllegalTransition

#: An event that is over for so long is archived.
ARCHIVED_AFTER = timedelta(days=365)

_NEXT: Mapping[Status, tuple[Status, ...]] = MappingProxyType(
    {
        Status.DRAFT: (Status.PUBLISHED,),
        Status.PUBLISHED: (Status.POSTPONED, Status.CANCELLED, Status.COMPLETED),
        Status.POSTPONED: (Status.PUBLISHED, Status.CANCELLED),
        Status.CANCELLED: (Status.PUBLISHED, Status.ARCHIVED),
        Status.COMPLETED: (Status.ARCHIVED,),
        Status.ARCHIVED: (),
    }
)
_TOLD: Mapping[Status, type[Moved]] = MappingProxyType(
    {
        Status.PUBLISHED: EventPublished,
        Status.POSTPONED: EventPostponed,
        Status.CANCELLED: EventCancelled,
        Status.COMPLETED: EventCompleted,
        Status.ARCHIVED: EventArchived,
    }
)


def reachable(event: Event, at: datetime) -> tuple[Status, ...]:
    """Return the states the event may be brought to at this time."""
    if event.deleted_at is not None:
        return ()
    schedule = event.schedule

    def is_time_for(status: Status) -> bool:
        match event.status, status:
            case _, Status.ARCHIVED:
                return at >= schedule.lasts_until + ARCHIVED_AFTER
            case _, Status.COMPLETED:
                return at >= schedule.starts_at
            case Status.CANCELLED, Status.PUBLISHED:
                return at < schedule.lasts_until
            case _:
                return True

    return tuple(filter(is_time_for, _NEXT[event.status]))


def move(
    event: Event, to: Status, *, cause: Cause, message_id: MessageId
) -> Change[Event]:
    """Return the event in another state; where it is in that already, unchanged.

    Raises:
        IllegalTransition: it cannot be brought there from where it is, or not now.
    """
    event.check_not_deleted(to.value)
    if event.status is to:
        return Change(event, event, cause)
    allowed = reachable(event, cause.at)
    if to not in allowed:
        raise IllegalTransition(event.status.value, to.value, allowed)
    moved = evolve(
        event,
        status=to,
        version=event.version + 1,
        sequence=event.sequence + 1,  # RFC 5546, 2.1.4 names the status
        updated_at=max(cause.at, event.updated_at),
    )
    return _changed(event, moved, _TOLD[to], cause, message_id)


def due(event: Event, at: datetime) -> Status | None:
    """Return the state that time alone brings the event to by now; mostly None.

    What was published is completed at its end, what is completed or cancelled is
    archived long after.
    """
    ahead = reachable(event, at)
    if Status.ARCHIVED in ahead:
        return Status.ARCHIVED
    if Status.COMPLETED in ahead and at >= event.schedule.lasts_until:
        return Status.COMPLETED
    return None


def must_be_cancelled_first(event: Event, at: datetime, *, has_answers: bool) -> bool:
    """Tell whether people count on the event, so that deleting it calls it off."""
    return (
        event.deleted_at is None
        and event.status in {Status.PUBLISHED, Status.POSTPONED}
        and at < event.schedule.lasts_until
        and has_answers
    )


def delete(event: Event, *, cause: Cause, message_id: MessageId) -> Change[Event]:
    """Return the event deleted: hidden, not forgotten. Again changes nothing."""
    if event.deleted_at is not None:
        return Change(event, event, cause)
    at = max(cause.at, event.updated_at)
    gone = evolve(event, deleted_at=at, updated_at=at, version=event.version + 1)
    return _changed(event, gone, EventDeleted, cause, message_id)


def restore(event: Event, *, cause: Cause, message_id: MessageId) -> Change[Event]:
    """Return the event as it was when it was deleted; one that is there, unchanged."""
    if event.deleted_at is None:
        return Change(event, event, cause)
    at = max(cause.at, event.updated_at)
    back = evolve(event, deleted_at=None, updated_at=at, version=event.version + 1)
    return _changed(event, back, EventRestored, cause, message_id)


def _changed(
    before: Event, after: Event, told: type[Moved], cause: Cause, message_id: MessageId
) -> Change[Event]:
    fact = told(
        **after.fact_fields(message_id, cause),
        exposed_before=before.exposure,
        by=cause.by,
        reason=cause.reason,
    )
    return Change(before, after, cause, (fact,))
