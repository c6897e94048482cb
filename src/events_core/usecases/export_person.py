"""Give a person all that is kept about her."""

from events_core.domain.actors import Actor
from events_core.domain.audit import of_export
from events_core.domain.identity import UserId
from events_core.errors import PermissionDenied
from events_core.ports.store import PersonalData
from events_core.usecases.core import EventsCore
from events_core.usecases.watching import watched_as_her_own


@watched_as_her_own
async def export_person(
    core: EventsCore, actor: Actor, user_id: UserId
) -> PersonalData:
    """Return all that is kept about a person, hers to have even while suspended.

    What a system admin is given the audit trail tells.

    Raises:
        PermissionDenied: the actor is neither that person nor a system admin.
    """
    check_may_speak_for(actor, user_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        data = await uow.persons.export(user_id)
        if actor.acts_as_admin:
            await uow.audit.write(of_export(core.cause(actor), user_id))
            await uow.commit()
    return data


def check_may_speak_for(actor: Actor, user_id: UserId) -> None:
    """Check that the actor is the person, or a system admin who is not barred.

    Raises:
        PermissionDenied: she is neither.
    """
    if actor.user_id != user_id and not actor.acts_as_admin:
        raise PermissionDenied("see or erase what is kept about somebody else")
