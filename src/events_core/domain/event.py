"""The event: what is planned, by whom, for whom, and how that may change.

An event is a frozen value. Whoever wants it otherwise asks for a change and gets a
``Change`` to store. Answers and attendance are not part of it: they belong to its
occurrences (``roster``, ``attendance``).
"""

from datetime import datetime
from typing import Any

from attrs import evolve, fields, frozen

from events_core.domain.actors import Viewer
from events_core.domain.change import Cause, Change
from events_core.domain.details import Details
from events_core.domain.exposure import (
    Exposure,
    Status,
    Visibility,
    checked_visibility,
)
from events_core.domain.facts import EventCreated, EventUpdated
from events_core.domain.identity import (
    EventId,
    MessageId,
    OccurrenceKey,
    Scope,
    TenantId,
    UserId,
)
from events_core.domain.permissions import Action, Role, allows
from events_core.domain.revision import Revision
from events_core.domain.roles import Grant
from events_core.domain.schedule import Schedule
from events_core.domain.signup import UNLIMITED, Signup
from events_core.errors import IllegalTransition, NoUpdates


@frozen(kw_only=True)
class Event:
    """Something planned, in one tenant and one scope for ever.

    ``version`` counts every change from 1. ``sequence`` counts from 0 the changes
    that RFC 5546, 2.1.4 obliges calendars to notice. ``occurrence`` is the key of
    its one occurrence: the start it was created with, whatever becomes of it.
    ``created_by`` is None once that person has been erased.
    """

    id: EventId
    tenant_id: TenantId
    scope: Scope
    details: Details
    schedule: Schedule
    visibility: Visibility
    status: Status
    created_by: UserId | None
    created_at: datetime
    updated_at: datetime
    occurrence: OccurrenceKey
    signup: Signup = UNLIMITED
    grants: tuple[Grant, ...] = ()
    deleted_at: datetime | None = None
    version: int = 1
    sequence: int = 0

    @classmethod
    def create(
        cls,
        *,
        id: EventId,  # noqa: A002 (the field's name)
        tenant_id: TenantId,
        scope: Scope,
        details: Details,
        schedule: Schedule,
        visibility: Visibility,
        status: Status,
        by: UserId,
        cause: Cause,
        message_id: MessageId,
        signup: Signup = UNLIMITED,
    ) -> Change["Event"]:
        """Return a new event, version 1, whose first owner is its creator.

        Raises:
            VisibilityNeedsScope: the visibility is not possible in the scope.
        """
        event = cls(
            id=id,
            tenant_id=tenant_id,
            scope=scope,
            details=details,
            schedule=schedule,
            visibility=checked_visibility(visibility, scope),
            status=status,
            created_by=by,
            created_at=cause.at,
            updated_at=cause.at,
            occurrence=schedule.key,
            signup=signup,
            grants=(Grant(by, Role.OWNER, cause.at, by_creation=True),),
        )
        fact = EventCreated(
            **event.fact_fields(message_id, cause),
            starts_at=schedule.starts_at,
            ends_at=schedule.ends_at,
            created_by=by,
        )
        return Change(None, event, cause, (fact,))

    def revise(
        self, revision: Revision, *, cause: Cause, message_id: MessageId
    ) -> Change["Event"]:
        """Return the event with the revision's values; no facts if it has them all.

        Raises:
            IllegalTransition: the event is deleted.
            NoUpdates: the revision names no field.
            InvalidFields, InvalidTimeRange, VisibilityNeedsScope: a value breaks its
                rule, by itself or with what the event has.
        """
        if not revision.given():
            raise NoUpdates
        self.check_not_deleted("changed")
        revised = self.with_values(revision)
        changed = tuple(sorted(changed_fields(self, revised)))
        if not changed:
            return Change(self, self, cause)
        revised = evolve(
            revised,
            version=self.version + 1,
            sequence=self.sequence + _calendars_must_notice(self, revised),
            updated_at=max(cause.at, self.updated_at),
        )
        fact = EventUpdated(
            **revised.fact_fields(message_id, cause),
            exposed_before=self.exposure,
            updated_fields=changed,
            updated_at=revised.updated_at,
        )
        return Change(self, revised, cause, (fact,))

    def with_values(self, revision: Revision) -> "Event":
        """Return the event as it would be with the revision's values; no version yet.

        Raises:
            InvalidFields, InvalidTimeRange, VisibilityNeedsScope: as ``revise``.
        """
        given = revision.given()
        visibility = checked_visibility(
            given.get("visibility", self.visibility), self.scope
        )
        schedule = _revised_schedule(self.schedule, given)
        return evolve(
            self,
            details=_revised_details(self.details, given),
            schedule=schedule,
            signup=_revised_signup(self, given, schedule),
            visibility=visibility,
        )

    def check_not_deleted(self, to: str) -> None:
        """Check that the event is there to be brought to another state.

        Raises:
            IllegalTransition: it is deleted, and can only be restored.
        """
        if self.deleted_at is not None:
            raise IllegalTransition("deleted", to, ("restored",))

    @property
    def exposure(self) -> Exposure:
        """What decides who gets to hear of it."""
        return Exposure(self.visibility, self.status, self.deleted_at is not None)

    def grant_of(self, user_id: UserId) -> Grant | None:
        """Return the role a person was given on this event herself, or None."""
        return next((g for g in self.grants if g.holder == user_id), None)

    def role_of(self, user_id: UserId) -> Role | None:
        """Return the name of the role a person holds on this event, or None."""
        grant = self.grant_of(user_id)
        return None if grant is None else grant.role

    def allows(self, action: Action, viewer: Viewer) -> bool:
        """Tell whether the viewer may do this with the event she sees."""
        if viewer.barred:
            return False
        held = [g for g in self.grants if g.is_held_by(viewer.roles_as)]
        return allows(
            action,
            permissions=viewer.permissions_in(self.scope),
            given=[grant.role for grant in held if not grant.by_creation],
            created=any(grant.by_creation for grant in held),
        )

    def fact_fields(self, message_id: MessageId, cause: Cause) -> dict[str, Any]:
        """Return what every fact about this state of the event starts with."""
        return {
            "message_id": message_id,
            "tenant_id": self.tenant_id,
            "event_id": self.id,
            "event_version": self.version,
            "occurred_at": cause.at,
            "scope": self.scope,
            "visibility": self.visibility,
            "status": self.status,
            "title": self.details.title,
            "deleted": self.deleted_at is not None,
        }


def public_fields(event: Event) -> dict[str, Any]:
    """Return the fields that a change can be told of, by their published names."""
    schedule, signup = event.schedule, event.signup
    return {
        **{f.name: getattr(event.details, f.name) for f in fields(Details)},
        "capacity": signup.capacity,
        "waitlist": signup.waitlist,
        "guests_per_answer": signup.guests_per_answer,
        "signup_opens_at": signup.opens_at,
        "signup_deadline": signup.deadline,
        "walk_ins": signup.walk_ins,
        "starts_at": schedule.starts_at,
        "ends_at": schedule.ends_at,
        "time_zone": schedule.zone,
        "all_day": schedule.all_day,
        "visibility": event.visibility,
        "status": event.status,
        "deleted_at": event.deleted_at,
    }


def changed_fields(before: Event, after: Event) -> dict[str, tuple[Any, Any]]:
    """Return the published fields in which two states differ: old and new value."""
    old, new = public_fields(before), public_fields(after)
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def _revised_details(details: Details, given: dict[str, Any]) -> Details:
    names = {f.name for f in fields(Details)}
    named = {name: value for name, value in given.items() if name in names}
    if not named:
        return details
    kept = {name: getattr(details, name) for name in names - named.keys()}
    return Details.of(**kept, **named)


def _revised_schedule(schedule: Schedule, given: dict[str, Any]) -> Schedule:
    if given.keys().isdisjoint({"starts_at", "ends_at", "time_zone", "all_day"}):
        return schedule
    return schedule.moved(
        starts=given.get("starts_at"),
        ends=given.get("ends_at"),
        without_end="ends_at" in given and given["ends_at"] is None,
        zone=given.get("time_zone"),
        all_day=given.get("all_day"),
    )


def _revised_signup(event: Event, given: dict[str, Any], after: Schedule) -> Signup:
    terms = event.signup.following(event.schedule, after)
    return Signup.of(
        after,
        capacity=given.get("capacity", terms.capacity),
        waitlist=given.get("waitlist", terms.waitlist),
        guests_per_answer=given.get("guests_per_answer", terms.guests_per_answer),
        opens_at=given.get("signup_opens_at", terms.opens_at),
        deadline=given.get("signup_deadline", terms.deadline),
        walk_ins=given.get("walk_ins", terms.walk_ins),
    )


def _calendars_must_notice(before: Event, after: Event) -> bool:
    return _calendar_facts(before) != _calendar_facts(after)


def _calendar_facts(event: Event) -> tuple[object, ...]:
    """Return what RFC 5546, 2.1.4 names: the times (and their form) and the status."""
    schedule = event.schedule
    return schedule.starts_at, schedule.ends_at, schedule.all_day, event.status
