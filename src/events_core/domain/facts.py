"""What happened, in the past tense, as it is told to others.

A fact is what DDD calls a domain event; "event" is taken, it is the thing in the
calendar. Facts are stored with the change they tell of and published later, at least
once, in order per event. ``wire`` has their published form. What adds no key inherits
all it is: making a class of so many fields takes a millisecond of every import.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

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
    """What every fact says."""

    event_type: ClassVar[str]
    schema_version: ClassVar[int] = 1

    message_id: MessageId
    tenant_id: TenantId
    occurred_at: datetime

    @property
    def scope(self) -> Scope:
        """Whose business it is: the whole tenant's."""
        return Scope.of_tenant(self.tenant_id)

    @property
    def about(self) -> UserId | None:
        """The person the fact is about; None where it is about nobody."""
        return None


@frozen(kw_only=True)
class EventFact(Fact):
    """What every fact of an event says; its fields are as they were after the change.

    ``exposed_before`` is what the event's exposure was before the change, None for
    a new event: a fact goes to whom the event matched before *or* after. It and
    ``deleted`` are for the relay and never published.
    """

    event_id: EventId
    event_version: int
    scope: Scope
    visibility: Visibility
    status: Status
    title: str
    deleted: bool = field(default=False, eq=False)
    exposed_before: Exposure | None = field(default=None, eq=False)

    @property
    def exposure(self) -> Exposure:
        """What the event's exposure is after the change."""
        return Exposure(self.visibility, self.status, self.deleted)


@frozen(kw_only=True)
class EventCreated(EventFact):
    """An event exists."""

    event_type = "event.created"

    starts_at: datetime
    ends_at: datetime | None
    created_by: UserId | None


@frozen(kw_only=True)
class EventUpdated(EventFact):
    """Some fields of an event have new values; which, in alphabetical order."""

    event_type = "event.updated"

    updated_fields: tuple[str, ...]
    updated_at: datetime


@frozen(kw_only=True)
class Moved(EventFact):
    """An event came to another state of its life.

    ``by`` is None for an operator, and where time alone brought it there.
    """

    by: UserId | None
    reason: str | None


class EventPublished(Moved):
    """An event takes answers: a draft that is one no more, or again."""

    __slots__ = ()
    event_type = "event.published"


class EventPostponed(Moved):
    """An event will be at another time, not yet known."""

    __slots__ = ()
    event_type = "event.postponed"


class EventCancelled(Moved):
    """An event will not be."""

    __slots__ = ()
    event_type = "event.cancelled"


class EventCompleted(Moved):
    """An event has been."""

    __slots__ = ()
    event_type = "event.completed"


class EventArchived(Moved):
    """An event was over long ago, or would have been."""

    __slots__ = ()
    event_type = "event.archived"


class EventDeleted(Moved):
    """An event is gone from every list."""

    __slots__ = ()
    event_type = "event.deleted"


class EventRestored(Moved):
    """An event that was deleted is there again, as it was."""

    __slots__ = ()
    event_type = "event.restored"


@frozen(kw_only=True)
class _AboutPerson(EventFact):
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


class WaitlistPromoted(_AboutPerson):
    """A person who waited has a seat. ``occurrence`` as in ``RsvpChanged``."""

    __slots__ = ()
    event_type = "event.waitlist.promoted"


@frozen(kw_only=True)
class AttendanceMarked(_AboutPerson):
    """Somebody saw a person come. ``occurrence`` is None for a single event."""

    event_type = "event.attendance.marked"

    marked_by: UserId


@frozen(kw_only=True)
class AttendanceUnmarked(_AboutPerson):
    """Somebody took a mark back: ``marked_by``, this time.

    ``occurrence`` is None for a single event.
    """

    event_type = "event.attendance.unmarked"

    marked_by: UserId


@frozen(kw_only=True)
class SubscriptionFact(Fact):
    """What every fact of a subscription says: of no event, and of nobody.

    Its tenant is the nil UUID where the subscription is none that a tenant manages.
    """

    subscription_id: UUID


class SubscriptionTested(SubscriptionFact):
    """Somebody wants to see whether a subscriber can be reached."""

    __slots__ = ()
    event_type = "subscription.test"


@frozen(kw_only=True)
class SubscriptionDisabled(SubscriptionFact):
    """A subscriber is told nothing more, until somebody has her told again."""

    event_type = "subscription.disabled"

    reason: str
