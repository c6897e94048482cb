"""What happened, in the past tense, as it is told to others.

A fact is what DDD calls a domain event; "event" is taken, it is the thing in the
calendar. Facts are stored with the change they tell of and published later, at least
once, in order per event. ``wire`` has their published form.
"""

from datetime import datetime
from typing import ClassVar

from attrs import field, frozen

from events_core.domain.answers import Admission, Answer
from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.identity import (
    EventId,
    MessageId,
    OccurrenceKey,
    Scope,
    TenantId,
    UserId,
)


@frozen(kw_only=True)
class Fact:
    """What every fact says. The event's fields are as they were after the change.

    ``exposed_before`` is what the event's exposure was before the change, None for
    a new event: a fact goes to whom the event matched before *or* after. It is for
    the relay and never published.
    """

    event_type: ClassVar[str]
    schema_version: ClassVar[int] = 1

    message_id: MessageId
    tenant_id: TenantId
    event_id: EventId
    event_version: int
    occurred_at: datetime
    scope: Scope
    visibility: Visibility
    status: Status
    title: str
    exposed_before: Exposure | None = field(default=None, eq=False)

    @property
    def about(self) -> UserId | None:
        """The person the fact is about; None where it is about the event alone."""
        return None


@frozen(kw_only=True)
class EventCreated(Fact):
    """An event exists."""

    event_type = "event.created"

    starts_at: datetime
    ends_at: datetime | None
    created_by: UserId | None


@frozen(kw_only=True)
class EventUpdated(Fact):
    """Some fields of an event have new values; which, in alphabetical order."""

    event_type = "event.updated"

    updated_fields: tuple[str, ...]
    updated_at: datetime


@frozen(kw_only=True)
class EventDeleted(Fact):
    """An event is gone from every list. ``by`` is None for an operator."""

    event_type = "event.deleted"

    by: UserId | None
    reason: str | None


@frozen(kw_only=True)
class _AboutPerson(Fact):
    user_id: UserId
    occurrence: OccurrenceKey | None

    @property
    def about(self) -> UserId | None:
        return self.user_id


@frozen(kw_only=True)
class RsvpChanged(_AboutPerson):
    """A person answered, answered otherwise, or took her answer back (``None``).

    ``occurrence`` is None for an event that does not repeat.
    """

    event_type = "event.rsvp.changed"

    answer: Answer | None
    admission: Admission | None


@frozen(kw_only=True)
class AttendanceMarked(_AboutPerson):
    """Somebody saw a person come. ``occurrence`` is None for a single event."""

    event_type = "event.attendance.marked"

    marked_by: UserId
