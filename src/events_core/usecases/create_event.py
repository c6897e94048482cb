"""Plan an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.change import Change
from events_core.domain.details import Details, EventType, Geo
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import EventId, Scope
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action, allows
from events_core.domain.predicate import CreatedBy
from events_core.domain.roles import Bearer
from events_core.domain.schedule import Schedule
from events_core.domain.signup import Signup, Waitlist
from events_core.domain.text import FieldProblems
from events_core.errors import AlreadyExists, InvalidFields, PermissionDenied
from events_core.usecases.core import EventsCore, own_scope, viewer_in
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class CreateEvent:
    """The fields of a new event; times as in ``Schedule.of`` and ``Signup.of``.

    ``scope`` is the whole tenant where it is None. With an ``id``, which must be a
    time-ordered UUID nobody else could choose, the command is idempotent.
    """

    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    time_zone: str = "UTC"
    all_day: bool = False
    id: EventId | None = None
    scope: Scope | None = None
    visibility: Visibility = Visibility.PUBLIC
    status: Status = Status.PUBLISHED
    description: str | None = None
    event_type: EventType = EventType.OTHER
    location_text: str | None = None
    location_url: str | None = None
    location_geo: Geo | None = None
    game_id: str | None = None
    metadata: Mapping[str, Any] | None = None
    capacity: int | None = None
    waitlist: Waitlist = Waitlist.NONE
    guests_per_answer: int = 0
    signup_opens_at: datetime | None = None
    signup_deadline: datetime | None = None
    walk_ins: bool = True


@watched
async def create_event(core: EventsCore, actor: Actor, command: CreateEvent) -> Listing:
    """Create an event, published unless it is asked to be a draft.

    The creator is its first owner. With an id that she has used before, nothing is
    created and the event of that time is returned, as it is now.

    Raises:
        PermissionDenied: she may not create events in that scope.
        InvalidFields, InvalidTimeRange, VisibilityNeedsScope: some field is wrong.
        AlreadyExists: the id is another event's.
        AccessUnavailable: nobody could tell whether she may.
    """
    scope = own_scope(actor, command.scope)
    await check_may_create(core, actor, scope)
    change = planned(core, actor, command)
    event = change.after
    assert event is not None
    mine = CreatedBy(actor.user_id)
    try:
        async with core.store.unit_of_work(actor.tenant_id) as uow:
            await uow.events.save(change)
            await uow.commit()
    except AlreadyExists:
        if command.id is None:
            raise
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        listing = await uow.events.look(event.id, mine, Bearer(actor.user_id))
    if listing is None:
        raise AlreadyExists(event.id)
    return listing


def planned(core: EventsCore, actor: Actor, command: CreateEvent) -> Change[Event]:
    """Return the new event, checked and not yet stored.

    Raises:
        InvalidFields, InvalidTimeRange, VisibilityNeedsScope: some field is wrong.
    """
    scope = own_scope(actor, command.scope)
    details, schedule, signup = _checked_parts(command)
    if command.status not in {Status.DRAFT, Status.PUBLISHED}:
        raise InvalidFields({"status": ("must be draft or published at first",)})
    return Event.create(
        id=command.id or EventId(core.ids.new()),
        tenant_id=actor.tenant_id,
        scope=scope,
        details=details,
        schedule=schedule,
        signup=signup,
        visibility=command.visibility,
        status=command.status,
        by=actor.user_id,
        cause=core.cause(actor),
        message_id=core.new_message_id(),
    )


async def check_may_create(core: EventsCore, actor: Actor, scope: Scope) -> None:
    """Check that the actor may create events in a scope.

    Raises:
        InvalidFields: the scope is a tenant's, but not hers.
        PermissionDenied: she may not.
        AccessUnavailable: nobody could tell.
    """
    scope = own_scope(actor, scope)
    viewer = await viewer_in(core, actor, permissions_in={scope})
    if not allows(Action.CREATE, permissions=viewer.permissions_in(scope)):
        raise PermissionDenied(Action.CREATE.value)


def _checked_parts(command: CreateEvent) -> tuple[Details, Schedule, Signup]:
    problems = FieldProblems()
    details = problems.collected(
        lambda: Details.of(
            title=command.title,
            description=command.description,
            event_type=command.event_type,
            location_text=command.location_text,
            location_url=command.location_url,
            location_geo=command.location_geo,
            game_id=command.game_id,
            metadata=command.metadata,
        )
    )
    schedule = problems.collected(
        lambda: Schedule.of(
            command.starts_at,
            command.ends_at,
            zone=command.time_zone,
            all_day=command.all_day,
        )
    )
    signup = None
    if schedule is not None:
        signup = problems.collected(lambda: _terms(command, schedule))
    problems.raise_if_any()
    assert details is not None
    assert schedule is not None
    assert signup is not None
    return details, schedule, signup


def _terms(command: CreateEvent, schedule: Schedule) -> Signup:
    return Signup.of(
        schedule,
        capacity=command.capacity,
        waitlist=command.waitlist,
        guests_per_answer=command.guests_per_answer,
        opens_at=command.signup_opens_at,
        deadline=command.signup_deadline,
        walk_ins=command.walk_ins,
    )
