"""Give a participant her pass."""

from events_core.domain.actors import Actor
from events_core.domain.answers import Admission
from events_core.domain.identity import EventId
from events_core.domain.passes import sign_pass
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.errors import NotConfirmed, PassesUnavailable
from events_core.usecases.core import EventsCore, event_for, viewer_of
from events_core.usecases.watching import watched


@watched
async def get_pass(core: EventsCore, actor: Actor, event_id: EventId) -> str:
    """Return the actor's own pass, the same text until the keys change.

    Raises:
        NotConfirmed: she has no place there.
        PassesUnavailable: there are no keys to sign with.
        EventNotFound, PermissionDenied, MembershipUnavailable, AccessUnavailable: as
            ``authorize`` to read.
    """
    viewer = await viewer_of(core, actor, event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, event_id, Action.READ)
        listing = await uow.events.look(event.id, Everything(), viewer.roles_as)
    if listing is None or listing.my_admission is not Admission.CONFIRMED:
        raise NotConfirmed
    if not core.pass_keys:
        raise PassesUnavailable
    return sign_pass(event, actor.user_id, core.pass_keys)
