"""Tell why somebody may do something with an event, or may not."""

from attrs import evolve, frozen

from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.explanation import Explained, Explanation, explain
from events_core.domain.identity import EventId, UserId
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.domain.rulings import Case
from events_core.errors import EventNotFound, PermissionDenied
from events_core.usecases.core import (
    EventsCore,
    event_for,
    viewer_in,
    viewer_of,
    visible_event,
)
from events_core.usecases.describe_me import describe_me
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ExplainEvent:
    """What is asked about; ``user_id`` None is the actor herself."""

    event_id: EventId
    action: Explained
    user_id: UserId | None = None


@watched
async def explain_event(
    core: EventsCore, actor: Actor, command: ExplainEvent
) -> Explanation:
    """Return the rules that decide, to somebody who sees the event.

    About another only to those who may change it: her membership is asked; what she
    holds in scopes cannot be, and counts as unknown. Nor can what the platform says of
    her: the answer is for somebody who is not suspended.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she asks about another and may not change it, or is barred.
        MembershipUnavailable, AccessUnavailable: nobody could tell what she may.
    """
    who = command.user_id or actor.user_id
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await visible_event(uow, viewer, command.event_id)
        if viewer.barred:
            raise PermissionDenied("ask about this event")
        if who != actor.user_id:
            await event_for(uow, viewer, command.event_id, Action.UPDATE)
        groups = await uow.events.groups(command.event_id)
        listing = await uow.events.look(event.id, Everything(), Bearer(who))
    if listing is None:  # gone between the two reads
        raise EventNotFound(event.id)
    if who == actor.user_id:
        through = (await describe_me(core, actor, event.scope)).roles
        admin = actor.flags.system_admin
        case = Case(event, viewer, through=through, as_admin=admin)
    else:
        other = evolve(actor, user_id=who, flags=MasterFlags())
        her = await viewer_in(core, other, members_of={event.scope, *groups})
        case = Case(event, her, known=False)
    return explain(case, listing, command.action, core.policies, at=case.viewer.at)
