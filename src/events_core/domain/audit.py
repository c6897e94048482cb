"""The audit trail: who did what, on what, from which request, and how it ended.

What the trail says of a change follows from the change, so that nobody who stores one
can say something else, or nothing. ``chain`` has how entries are kept.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from attrs import evolve, frozen

from events_core.domain.actors import Via
from events_core.domain.attendance import Attendance
from events_core.domain.change import Cause, Change
from events_core.domain.event import Event
from events_core.domain.facts import EventUpdated
from events_core.domain.identity import EventId, OccurrenceKey, Scope, UserId
from events_core.domain.roles import Grant, Sharing
from events_core.domain.roster import Roster
from events_core.domain.seats import Moved

#: How much is kept of what a caller calls her request: in characters.
LONGEST_REQUEST_ID = 200


class Deed(StrEnum):
    """What was done. Changes of an event are called like the facts of them."""

    CREATED = "event.created"
    UPDATED = "event.updated"
    ROLLED_BACK = "event.rolled_back"
    PUBLISHED = "event.published"
    POSTPONED = "event.postponed"
    CANCELLED = "event.cancelled"
    COMPLETED = "event.completed"
    ARCHIVED = "event.archived"
    DELETED = "event.deleted"
    RESTORED = "event.restored"
    ROLE_GIVEN = "role.given"
    ROLE_TAKEN = "role.taken"
    ANSWERED_FOR = "rsvp.answered_for"
    WITHDRAWN_FOR = "rsvp.withdrawn_for"
    SEAT_FORCED = "seat.forced"
    SEAT_TAKEN_AWAY = "seat.taken_away"
    MARK_UNDONE = "attendance.undone"
    SUBSCRIBED = "subscription.created"
    SUBSCRIPTION_CHANGED = "subscription.changed"
    SUBSCRIPTION_ENDED = "subscription.deleted"
    RESECRETED = "subscription.secret_rotated"
    TESTED = "subscription.tested"
    RETRIED = "subscription.retried"
    REPLAYED = "subscription.replayed"
    ERASED = "person.erased"
    ACTED_AS_ADMIN = "system_admin.used"
    ATTEMPTED = "attempted"


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    DENIED = "denied"


@frozen(kw_only=True)
class AuditEntry:
    """One line of the trail.

    ``by`` is who did it, ``whom`` for whom or to whom, ``request_id`` from which
    request; each is None where it is nobody's or not known, and once that person has
    been erased. ``subject_id`` is the subscription, or the community or team, that it
    concerned. ``names`` are names of fields, roles or operations, never what anybody
    wrote. ``times`` counts attempts, uses of ``system_admin``, dead letters that are
    sent again, and what of this trail an erasure struck.
    """

    deed: Deed
    at: datetime
    outcome: Outcome = Outcome.DONE
    via: Via = Via.HTTP
    as_admin: bool = False
    by: UserId | None = None
    whom: UserId | None = None
    request_id: str | None = None
    event_id: EventId | None = None
    occurrence: OccurrenceKey | None = None
    event_version: int | None = None
    subject_id: UUID | None = None
    names: tuple[str, ...] = ()
    times: int = 1

    @classmethod
    def of(cls, deed: Deed, cause: Cause, **further: Any) -> Self:  # noqa: ANN401
        """Return what was done by a cause; ``further`` are other fields."""
        return cls(
            deed=deed,
            at=cause.at,
            via=cause.via,
            as_admin=cause.as_admin,
            by=cause.by,
            request_id=cause.request_id[:LONGEST_REQUEST_ID] or None,
            **further,
        )

    @property
    def minute(self) -> datetime:
        """The minute (UTC) in which it began."""
        return minute_of(self.at)

    def names_person(self, user_id: UserId) -> bool:
        """Tell whether it is about something a person did, or that was done to her."""
        return user_id in {self.by, self.whom}


@frozen(kw_only=True)
class AuditQuery:
    """Which entries; None stands for any. ``since`` and ``until`` are inclusive.

    ``person`` is who did something or to whom it was done. ``before`` is a position:
    what comes before it.
    """

    person: UserId | None = None
    deeds: frozenset[Deed] | None = None
    outcome: Outcome | None = None
    event_id: EventId | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100

    def asks_for(self, position: int, entry: AuditEntry) -> bool:
        """Tell whether an entry in its place is one of them."""
        return (
            (self.before is None or position < self.before)
            and (self.person is None or entry.names_person(self.person))
            and (self.deeds is None or entry.deed in self.deeds)
            and self.outcome in {None, entry.outcome}
            and self.event_id in {None, entry.event_id}
            and (self.since is None or self.since <= entry.at)
            and (self.until is None or entry.at <= self.until)
        )


def minute_of(at: datetime) -> datetime:
    """Return the beginning of the minute (UTC) that a time is in."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def of_event(change: Change[Event]) -> tuple[AuditEntry, ...]:
    """Return what the trail says of a change of an event: a line for each fact."""
    event = change.after
    assert event is not None
    return tuple(
        AuditEntry.of(
            _deed(fact.event_type, change.cause),
            change.cause,
            event_id=event.id,
            event_version=event.version,
            names=fact.updated_fields if isinstance(fact, EventUpdated) else (),
        )
        for fact in change.facts
    )


def of_sharing(change: Change[Sharing]) -> tuple[AuditEntry, ...]:
    """Return what the trail says of roles: a line for each taken, or given."""
    before, after = change.before, change.after
    if before is None or after is None:
        return ()
    taken = [grant for grant in before.grants if after.of(grant.holder) is None]
    given = [grant for grant in after.grants if grant not in before.grants]
    return tuple(
        _of_grant(deed, after.event_id, grant, change.cause)
        for deed, grants in ((Deed.ROLE_TAKEN, taken), (Deed.ROLE_GIVEN, given))
        for grant in grants
    )


def of_roster(change: Change[Roster]) -> tuple[AuditEntry, ...]:
    """Return what the trail says of answers: those given for others, and force."""
    before, after = change.before, change.after
    if before is None or after is None:
        return ()
    deeds = (*_for_others(before, after, change.cause), *_forced(before, after))
    return tuple(
        AuditEntry.of(
            deed,
            change.cause,
            whom=whom,
            event_id=after.event_id,
            occurrence=after.occurrence,
        )
        for deed, whom in deeds
    )


def of_attendance(change: Change[Attendance]) -> tuple[AuditEntry, ...]:
    """Return what the trail says of a mark: that it was taken back."""
    mark = change.after
    if mark is None or mark.is_present or not change.happened:
        return ()
    undone = AuditEntry.of(
        Deed.MARK_UNDONE,
        change.cause,
        whom=mark.user_id,
        event_id=mark.event_id,
        occurrence=mark.occurrence,
    )
    return (undone,)


def of_subscription(
    deed: Deed,
    subscription_id: UUID,
    cause: Cause,
    names: Collection[str] = (),
    times: int = 1,
) -> AuditEntry:
    """Return what the trail says of a subscription.

    ``names`` are what changed, or from what on all is told again; ``times`` how many
    dead letters are sent again.
    """
    names = tuple(sorted(names))
    return AuditEntry.of(
        deed, cause, subject_id=subscription_id, names=names, times=times
    )


def of_erasure(cause: Cause, erased: UserId, struck: int) -> AuditEntry:
    """Return what the trail says of an erasure: not whose, but who did it for her.

    ``struck`` is how many values of the trail went with her.
    """
    entry = AuditEntry.of(Deed.ERASED, cause, times=struck)
    return evolve(entry, by=None, request_id=None) if cause.by == erased else entry


def of_export(cause: Cause, exported: UserId) -> AuditEntry:
    """Return what the trail says where an admin was given what is kept of a person."""
    entry = AuditEntry.of(Deed.ACTED_AS_ADMIN, cause, names=("export_person",))
    by = None if cause.by == exported else cause.by  # an operator is nobody
    return evolve(entry, by=by, whom=exported)


def _deed(event_type: str, cause: Cause) -> Deed:
    deed = Deed(event_type)
    rolled_back = deed is Deed.UPDATED and cause.via is Via.ROLLBACK
    return Deed.ROLLED_BACK if rolled_back else deed


def _of_grant(deed: Deed, event_id: EventId, grant: Grant, cause: Cause) -> AuditEntry:
    holder = grant.holder
    whose: dict[str, UUID] = (
        {"subject_id": holder.id} if isinstance(holder, Scope) else {"whom": holder}
    )
    return AuditEntry.of(
        deed, cause, event_id=event_id, names=(grant.role.value,), **whose
    )


def _for_others(
    before: Roster, after: Roster, cause: Cause
) -> Iterable[tuple[Deed, UserId]]:
    """Tell whose answer somebody else gave, or withdrew."""
    for whom in before.rsvps.keys() - after.rsvps.keys() - {cause.by}:
        yield Deed.WITHDRAWN_FOR, whom
    for whom, new in after.rsvps.items():
        given = new.given_by == cause.by != whom and new.updated_at == cause.at
        if given and new != before.rsvps.get(whom):
            yield Deed.ANSWERED_FOR, whom


def _forced(before: Roster, after: Roster) -> Iterable[tuple[Deed, UserId | None]]:
    """Tell who was let in beyond the capacity, or out of it, by force."""
    for movement in after.movements[len(before.movements) :]:
        if movement.moved is Moved.FORCED:
            deed = Deed.SEAT_FORCED if movement.seats > 0 else Deed.SEAT_TAKEN_AWAY
            yield deed, movement.user_id
