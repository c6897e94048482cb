"""Take an event down, whoever it belongs to: an operator's last resort."""

from attrs import frozen

from events_core.domain.actors import Actor, Via
from events_core.domain.change import Cause, checked_reason
from events_core.domain.identity import EventId
from events_core.domain.predicate import Everything
from events_core.errors import (
    EventNotFound,
    InvalidFields,
    PermissionDenied,
)
from events_core.usecases.changing import retried
from events_core.usecases.core import EventsCore
from events_core.usecases.delete_event import delete_in
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class TakeDownEvent:
    """Which event, and why: the reason stays in its history and in the fact."""

    event_id: EventId
    reason: str


@watched
async def take_down_event(
    core: EventsCore, actor: Actor, command: TakeDownEvent
) -> bool:
    """Delete an event like its owner, and tell whether it was there until now.

    Bound by no visibility and no permission, and therefore for the command line
    alone, where operators are. They act in nobody's name: the history shows it so.

    Raises:
        PermissionDenied: the actor did not come through the command line.
        EventNotFound: the tenant has no such event.
        InvalidFields: there is no reason, or it breaks its rule.
        ConcurrentChange: others changed it all the while.
    """
    if actor.via is not Via.CLI:
        raise PermissionDenied("take events down")
    reason = checked_reason(command.reason, name="reason")
    if reason is None:
        raise InvalidFields({"reason": ("must not be empty",)})

    async def taken_down() -> bool:
        async with core.store.unit_of_work(actor.tenant_id) as uow:
            event = await uow.events.get(command.event_id, Everything())
            if event is None:
                raise EventNotFound(command.event_id)
            cause = Cause(None, core.clock.now(), Via.CLI, reason)
            happened = await delete_in(core, uow, event, cause, reader=actor.user_id)
            await uow.commit()
        return happened

    return await retried(core, taken_down)
