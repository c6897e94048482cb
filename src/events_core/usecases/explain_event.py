"""Tell why somebody may do something with an event, or may not."""

from attrs import evolve, frozen

from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.explanation import Explained, Explanation, explain
from events_core.domain.identity import EventId, UserId
from events_core.domain.permissions import Action
from events_core.errors import PermissionDenied
from events_core.usecases.core import (
    EventsCore,
    event_for,
    viewer_in,
    viewer_of,
    visible_event,
)


@frozen(kw_only=True)
class ExplainEvent:
    """What is asked about; ``user_id`` None is the actor herself."""

    event_id: EventId
    action: Explained
    user_id: UserId | None = None


async def explain_event(
    core: EventsCore, actor: Actor, command: ExplainEvent
) -> Explanation:
    """Return the rules that decide, to somebody who sees the event.

    About another only to those who may change it: her membership is asked; what she
    holds in scopes and the platform says of her cannot be, and counts as unknown.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she asks about another and may not change it, or is barred.
        MembershipUnavailable, AccessUnavailable: nobody could tell what she may.
    """
    about_herself = command.user_id in {None, actor.user_id}
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await visible_event(uow, viewer, command.event_id)
        if viewer.barred:
            raise PermissionDenied("ask about this event")
        if not about_herself:
            await event_for(uow, viewer, command.event_id, Action.UPDATE)
            groups = await uow.events.groups(command.event_id)
    if command.user_id is None or about_herself:
        return explain(
            event,
            viewer,
            command.action,
            at=viewer.at,
            as_admin=actor.flags.system_admin,
        )
    other = evolve(actor, user_id=command.user_id, flags=MasterFlags())
    her = await viewer_in(core, other, members_of={event.scope, *groups})
    return explain(event, her, command.action, at=her.at, permissions_known=False)
