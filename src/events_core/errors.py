"""Everything that can go wrong, grouped by what the caller can do about it.

EventsError
├── Invalid                   mend the request; the same one will never succeed
│   ├── InvalidFields           VALIDATION_ERROR
│   ├── InvalidTimeRange        INVALID_TIME_RANGE
│   ├── NoUpdates               NO_UPDATES
│   ├── PartyTooLarge           PARTY_TOO_LARGE
│   └── VisibilityNeedsScope    VISIBILITY_NEEDS_SCOPE
├── NotFound                  there is no such thing, or it is none of yours
│   ├── DeadLetterNotFound      NOT_FOUND
│   ├── EventNotFound           NOT_FOUND
│   ├── FactsGone               FACTS_GONE
│   ├── VersionNotFound         VERSION_NOT_FOUND
│   └── SubscriptionNotFound    NOT_FOUND
├── Forbidden                 ask somebody for the permission
│   └── PermissionDenied        FORBIDDEN
├── Conflict                  look at the present state, then decide again
│   ├── AlreadyExists           ALREADY_EXISTS
│   ├── AttendanceClosed        ATTENDANCE_CLOSED
│   ├── CapacityFull            CAPACITY_FULL
│   ├── CapacityTooLow          CAPACITY_TOO_LOW
│   ├── ConcurrentChange        CONCURRENT_CHANGE
│   ├── LastOwner               LAST_OWNER
│   ├── MergeConflict           MERGE_CONFLICT
│   ├── IllegalTransition       ILLEGAL_TRANSITION
│   ├── NotConfirmed            NOT_CONFIRMED
│   ├── NotWaiting              NOT_WAITING
│   ├── RsvpClosed              RSVP_CLOSED
│   ├── TooManySubscriptions    TOO_MANY_SUBSCRIPTIONS
│   └── VersionMismatch         VERSION_MISMATCH
└── Unavailable               try again later
    ├── AccessUnavailable       ACCESS_UNAVAILABLE
    ├── MembershipUnavailable   MEMBERSHIP_UNAVAILABLE
    ├── PassesUnavailable       PASSES_UNAVAILABLE
    └── StoreUnavailable        DATABASE_UNAVAILABLE

Only the leaves are raised. Each has a stable ``code``, which is public, and a
message for developers, which is not. How a transport shows them is the
transport's business. Fields are positional, so that every error survives a copy
and a pickle; what has none inherits all it is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from attrs import field, frozen

__all__ = [
    "AccessUnavailable",
    "AlreadyExists",
    "AttendanceClosed",
    "CapacityFull",
    "CapacityTooLow",
    "ConcurrentChange",
    "Conflict",
    "DeadLetterNotFound",
    "EventNotFound",
    "EventsError",
    "FactsGone",
    "Forbidden",
    "IllegalTransition",
    "Invalid",
    "InvalidFields",
    "InvalidTimeRange",
    "LastOwner",
    "MembershipUnavailable",
    "MergeConflict",
    "NoUpdates",
    "NotConfirmed",
    "NotFound",
    "NotWaiting",
    "PartyTooLarge",
    "PassesUnavailable",
    "PermissionDenied",
    "RsvpClosed",
    "StoreUnavailable",
    "SubscriptionNotFound",
    "TooManySubscriptions",
    "Unavailable",
    "VersionMismatch",
    "VersionNotFound",
    "VisibilityNeedsScope",
]


@frozen
class EventsError(Exception):
    """The root: catch it to catch everything this package raises on purpose."""

    code: ClassVar[str]


class Invalid(EventsError):
    """The request breaks a rule and will never succeed as it stands."""


@frozen
class InvalidFields(Invalid):
    """Some fields break their rules; every broken field is named, snake_case."""

    code = "VALIDATION_ERROR"
    fields: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return "; ".join(
            f"{name}: {', '.join(problems)}" for name, problems in self.fields.items()
        )


class InvalidTimeRange(Invalid):
    """The end is not after the start."""

    code = "INVALID_TIME_RANGE"

    def __str__(self) -> str:
        return "the end must be after the start"


class NoUpdates(Invalid):
    """A change names nothing to change."""

    code = "NO_UPDATES"

    def __str__(self) -> str:
        return "the change names no field that can be changed"


@frozen
class PartyTooLarge(Invalid):
    """So many can never come with one answer; ``largest`` says how many can."""

    code = "PARTY_TOO_LARGE"
    largest: int

    def __str__(self) -> str:
        return f"at most {self.largest} can come with one answer; bring fewer guests"


@frozen
class VisibilityNeedsScope(Invalid):
    """``community`` and ``team`` visibility need a scope of that kind."""

    code = "VISIBILITY_NEEDS_SCOPE"
    visibility: str
    scope_kind: str

    def __str__(self) -> str:
        return (
            f"visibility {self.visibility!r} is not possible in scope {self.scope_kind}"
        )


class NotFound(EventsError):
    """There is no such thing, or the asker may not know that there is."""


@frozen
class EventNotFound(NotFound):
    """No such event for this person. Says the same of a missing and a hidden one."""

    code = "NOT_FOUND"
    event_id: UUID

    def __str__(self) -> str:
        return "there is no such event"


@frozen
class VersionNotFound(NotFound):
    """The event, which the person may see, has never been at this version."""

    code = "VERSION_NOT_FOUND"
    version: int

    def __str__(self) -> str:
        return f"the event has no version {self.version}"


@frozen
class DeadLetterNotFound(NotFound):
    """No such dead letter of that subscription."""

    code = "NOT_FOUND"
    message_id: UUID

    def __str__(self) -> str:
        return "there is no such dead letter"


class FactsGone(NotFound):
    """Facts that come next are no longer kept: some have been missed for good."""

    code = "FACTS_GONE"

    def __str__(self) -> str:
        return "what follows is no longer kept; begin anew without a cursor"


@frozen
class SubscriptionNotFound(NotFound):
    """No such subscription in this tenant that it may manage itself."""

    code = "NOT_FOUND"
    subscription_id: UUID

    def __str__(self) -> str:
        return "there is no such subscription"


class Forbidden(EventsError):
    """The thing is known to the asker, but this is not allowed."""


@frozen
class PermissionDenied(Forbidden):
    """The person lacks what the action needs; ``action`` names it."""

    code = "FORBIDDEN"
    action: str

    def __str__(self) -> str:
        return f"you may not {self.action}"


class Conflict(EventsError):
    """The request was sound, the present state does not allow it."""


@frozen
class AlreadyExists(Conflict):
    """The id is taken."""

    code = "ALREADY_EXISTS"
    event_id: UUID

    def __str__(self) -> str:
        return "the id is already in use"


@frozen
class AttendanceClosed(Conflict):
    """Nobody can be marked there now; ``opens_at`` says from when on.

    ``opens_at`` is None where it is the event's state that closes it.
    """

    code = "ATTENDANCE_CLOSED"
    opens_at: datetime | None = None

    def __str__(self) -> str:
        if self.opens_at is not None:
            return "nobody can be marked as present yet; try again when it opens"
        return "nobody can be marked as present at an event in this state; publish it"


class ConcurrentChange(Conflict):
    """Somebody else changed the same thing at the same time, and won."""

    code = "CONCURRENT_CHANGE"

    def __str__(self) -> str:
        return "somebody else changed this at the same time; read it and try again"


class LastOwner(Conflict):
    """An event always has an owner: one person, without an end."""

    code = "LAST_OWNER"

    def __str__(self) -> str:
        return "somebody has to own this event; give the ownership to another first"


@frozen
class MergeConflict(Conflict):
    """Others changed the same fields since the version the change was made on.

    ``fields`` has for each what it is at the ``current`` version, and what it was
    to become.
    """

    code = "MERGE_CONFLICT"
    current: int
    fields: Mapping[str, tuple[object, object]]

    def __str__(self) -> str:
        return f"others have changed {', '.join(sorted(self.fields))} as well"


@frozen
class IllegalTransition(Conflict):
    """The event cannot be brought to that state from where it is, or not now.

    ``source`` and ``target`` are states, or "deleted"; ``allowed`` are the states it
    can be brought to at this time.
    """

    code = "ILLEGAL_TRANSITION"
    source: str
    target: str
    allowed: tuple[str, ...]

    def __str__(self) -> str:
        possible = " or ".join(self.allowed) or "nothing else"
        return f"an event that is {self.source} can now be {possible}"


class NotConfirmed(Conflict):
    """The person has no place at the event: it has to be answered that she is going."""

    code = "NOT_CONFIRMED"

    def __str__(self) -> str:
        return "only who is going and has a place is let in; answer the event first"


@frozen
class CapacityFull(Conflict):
    """There are not so many seats; ``free`` says how many there are."""

    code = "CAPACITY_FULL"
    capacity: int
    free: int

    def __str__(self) -> str:
        return (
            f"{self.free} of {self.capacity} seats are to be had;"
            " bring fewer, or try again when somebody has given up theirs"
        )


@frozen
class CapacityTooLow(Conflict):
    """More seats than that are taken; ``taken`` says how many."""

    code = "CAPACITY_TOO_LOW"
    taken: int

    def __str__(self) -> str:
        return (
            f"{self.taken} seats are taken; with force those who came last"
            " are moved to the waiting list"
        )


@frozen
class NotWaiting(Conflict):
    """The person is not on the waiting list."""

    code = "NOT_WAITING"
    user_id: UUID

    def __str__(self) -> str:
        return "this person is not on the waiting list; look at it again"


@frozen
class RsvpClosed(Conflict):
    """The event takes no such answer now; ``closed_at`` says since when.

    ``opens_at`` says from when it does. Both are None where it is the event's status
    that closes it.
    """

    code = "RSVP_CLOSED"
    closed_at: datetime | None = None
    opens_at: datetime | None = None

    def __str__(self) -> str:
        if self.opens_at is not None:
            return "this event does not take answers yet; try again when it opens"
        if self.closed_at is None:
            return "this event takes no answers in this state; ask when it is published"
        return "this event takes no such answer any more; ask who organises it"


@frozen
class TooManySubscriptions(Conflict):
    """The tenant has as many subscriptions as it may have: ``most``."""

    code = "TOO_MANY_SUBSCRIPTIONS"
    most: int

    def __str__(self) -> str:
        return f"there are {self.most} subscriptions, and there may be no more"


@frozen
class VersionMismatch(Conflict):
    """The caller's precondition names a version that is not the current one.

    ``changed`` are the fields that differ between the two, by name; none where the
    event has never been at the version that was named.
    """

    code = "VERSION_MISMATCH"
    current: int
    changed: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"the current version is {self.current}; read it and try again"


class Unavailable(EventsError):
    """Something this service needs gives no answer; nothing was changed."""


class AccessUnavailable(Unavailable):
    """The permission authority cannot be asked. Never a yes, never a no."""

    code = "ACCESS_UNAVAILABLE"

    def __str__(self) -> str:
        return "permissions cannot be checked right now"


class MembershipUnavailable(Unavailable):
    """It hangs on a membership that cannot be decided right now."""

    code = "MEMBERSHIP_UNAVAILABLE"

    def __str__(self) -> str:
        return "membership cannot be checked right now"


class PassesUnavailable(Unavailable):
    """There are no keys to sign passes with."""

    code = "PASSES_UNAVAILABLE"

    def __str__(self) -> str:
        return "no key is set to sign passes with"


@frozen
class StoreUnavailable(Unavailable):
    """The store cannot be reached or is too busy.

    Whether a change that was under way has happened is not known.
    """

    code = "DATABASE_UNAVAILABLE"
    retry_after: float = field(default=1.0)

    def __str__(self) -> str:
        return "the database cannot be reached right now"
