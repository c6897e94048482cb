"""Let time pass for an event: nobody has to complete or archive it by hand."""

from events_core.domain import lifecycle
from events_core.domain.actors import Actor, Via
from events_core.domain.change import Cause
from events_core.domain.exposure import Status
from events_core.domain.identity import EventId
from events_core.domain.predicate import Everything
from events_core.errors import ConcurrentChange, PermissionDenied
from events_core.usecases.changing import store_change
from events_core.usecases.core import EventsCore
from events_core.usecases.watching import watched


@watched
async def let_time_pass(
    core: EventsCore, actor: Actor, event_id: EventId
) -> Status | None:
    """Bring an event to the state that is due, and return that; None where none is.

    Bound by no permission, and therefore for the service's own housekeeping alone; it
    is done in nobody's name. Again, and by several at once, it is done one time. An
    event that somebody changes just now is left for the next run.

    Raises:
        PermissionDenied: it is not the service itself that acts.
    """
    if actor.via is not Via.SYSTEM:
        raise PermissionDenied("let time pass")
    now = core.clock.now()
    try:
        async with core.store.unit_of_work(actor.tenant_id) as uow:
            event = await uow.events.get(event_id, Everything())
            to = None if event is None else lifecycle.due(event, now)
            if event is None or to is None:
                return None
            cause = Cause(None, now, Via.SYSTEM)
            message_id = core.new_message_id()
            change = lifecycle.move(event, to, cause=cause, message_id=message_id)
            await store_change(uow, change)
            await uow.commit()
    except ConcurrentChange:
        return None
    return to
