"""Plan several events, all or none."""

from collections.abc import Sequence

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.listing import Listing
from events_core.domain.predicate import CreatedBy
from events_core.domain.roles import Bearer
from events_core.errors import (
    AlreadyExists,
    InvalidFields,
    InvalidTimeRange,
    VisibilityNeedsScope,
)
from events_core.usecases.core import EventsCore, own_scope
from events_core.usecases.create_event import (
    CreateEvent,
    check_may_create,
    planned,
)
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class CreateEvents:
    """The new events, each as it would come alone.

    One that could not even be read stands there as what is wrong with it, so that
    it is named together with the others.
    """

    events: Sequence[CreateEvent | InvalidFields]


@watched
async def create_events(
    core: EventsCore, actor: Actor, command: CreateEvents
) -> tuple[Listing, ...]:
    """Create all of the events and return them in their order, or create none.

    With ids that she has used before, nothing is created and those events are
    returned.

    Raises:
        InvalidFields: there are none or too many, or some are wrong; every field that
            is, is named with the place of its event, from 0: ``events.3.title``.
        PermissionDenied: she may not create events in one of their scopes.
        AlreadyExists: an id is another event's.
        AccessUnavailable: nobody could tell whether she may.
    """
    most = core.policies.most_events
    if not 1 <= len(command.events) <= most:
        raise InvalidFields({"events": (f"must be 1 to {most}",)})
    readable = [each for each in command.events if isinstance(each, CreateEvent)]
    for scope in {own_scope(actor, each.scope) for each in readable}:
        await check_may_create(core, actor, scope)
    changes = _checked(core, actor, command.events)
    ids = [change.after.id for change in changes if change.after is not None]
    try:
        async with core.store.unit_of_work(actor.tenant_id) as uow:
            for change in changes:
                await uow.events.save(change)
            await uow.commit()
    except AlreadyExists:
        if any(each.id is None for each in readable):
            raise
    listings = []
    mine = CreatedBy(actor.user_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        for event_id in ids:
            listing = await uow.events.look(event_id, mine, Bearer(actor.user_id))
            if listing is None:
                raise AlreadyExists(event_id)
            listings.append(listing)
    return tuple(listings)


def _checked(
    core: EventsCore, actor: Actor, events: Sequence[CreateEvent | InvalidFields]
) -> list[Change[Event]]:
    problems: dict[str, tuple[str, ...]] = {}
    changes = []
    for number, each in enumerate(events):
        try:
            if isinstance(each, InvalidFields):
                raise each
            changes.append(planned(core, actor, each))
        except InvalidFields as invalid:
            for name, found in invalid.fields.items():
                problems[f"events.{number}.{name}"] = found
        except InvalidTimeRange as invalid:
            problems[f"events.{number}.ends_at"] = (str(invalid),)
        except VisibilityNeedsScope as invalid:
            problems[f"events.{number}.visibility"] = (str(invalid),)
    if problems:
        raise InvalidFields(problems)
    return changes
