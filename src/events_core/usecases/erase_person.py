"""Erase a person."""

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.identity import UserId
from events_core.errors import ConcurrentChange
from events_core.usecases.core import EventsCore
from events_core.usecases.export_person import check_may_speak_for


@frozen
class Erasure:
    """When a person was erased, and how much of each thing that touched."""

    erased_at: datetime
    counts: Mapping[str, int]


async def erase_person(core: EventsCore, actor: Actor, user_id: UserId) -> Erasure:
    """Erase all that is kept about a person, as ``Persons.erase`` says. Idempotent.

    One that loses against others who change the same things is done again.

    Raises:
        PermissionDenied: the actor is neither that person nor a system admin.
        ConcurrentChange: it lost too often.
    """
    check_may_speak_for(actor, user_id)
    for _ in range(core.policies.change_attempts):
        try:
            async with core.store.unit_of_work(actor.tenant_id) as uow:
                counts = await uow.persons.erase(user_id)
                await uow.commit()
        except ConcurrentChange:
            continue
        return Erasure(core.clock.now(), counts)
    raise ConcurrentChange
