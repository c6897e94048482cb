"""Erase a person."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.audit import of_erasure
from events_core.domain.change import Cause
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.predicate import Everything
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import retried
from events_core.usecases.core import EventsCore
from events_core.usecases.export_person import check_may_speak_for
from events_core.usecases.seating import fill
from events_core.usecases.watching import watched_as_her_own


@frozen
class Erasure:
    """When a person was erased, and how much of each thing that touched."""

    erased_at: datetime
    counts: Mapping[str, int]


@watched_as_her_own
async def erase_person(core: EventsCore, actor: Actor, user_id: UserId) -> Erasure:
    """Erase all that is kept about a person, as ``Persons.erase`` says. Idempotent.

    Those who wait for a seat of hers are moved up. The audit trail has an entry of it
    that does not name her. One that loses against others who
    change the same things is done again.

    Raises:
        PermissionDenied: the actor is neither that person nor a system admin.
        ConcurrentChange: it lost too often.
    """
    check_may_speak_for(actor, user_id)

    async def erased() -> Erasure:
        async with core.store.unit_of_work(actor.tenant_id) as uow:
            cause = core.cause(actor)
            at = cause.at
            # What is counted of her, of this minute too, becomes entries first.
            await uow.audit.close_minutes(before=at + timedelta(minutes=1))
            done = await uow.persons.erase(user_id, at=at)
            struck = done.counts["audit_redacted"]
            await uow.audit.write(of_erasure(cause, user_id, struck))
            for event_id, occurrence in done.given_up:
                await _fill(core, uow, event_id, occurrence, at)
            await uow.commit()
        return Erasure(at, done.counts)

    return await retried(core, erased)


async def _fill(
    core: EventsCore,
    uow: UnitOfWork,
    event_id: EventId,
    occurrence: OccurrenceKey,
    at: datetime,
) -> None:
    event = await uow.events.get(event_id, Everything())
    roster = await uow.rosters.claim(event_id, occurrence)
    if event is not None and roster is not None:  # it may have gone with her
        await fill(core, uow, event, roster, Cause(None, at))
