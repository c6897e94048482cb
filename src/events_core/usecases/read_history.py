"""Read what an event was, and what lies between two of its versions."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.history import Comparison, Version, compare
from events_core.domain.identity import EventId
from events_core.domain.permissions import Action
from events_core.errors import VersionNotFound
from events_core.ports.store import UnitOfWork
from events_core.usecases.core import EventsCore, event_for, viewer_of
from events_core.usecases.parts import problems_of_part
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ReadHistory:
    """Which part of an event's history, counted from its newest version."""

    event_id: EventId
    limit: int = 100
    offset: int = 0


@frozen
class History:
    """Versions, the newest first, and how many the event has."""

    items: tuple[Version, ...]
    total: int


@watched
async def read_history(core: EventsCore, actor: Actor, command: ReadHistory) -> History:
    """Return a part of an event's history; a page costs the same wherever it is.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not see its history.
        InvalidFields: ``limit`` or ``offset`` is out of its bounds.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    problems = problems_of_part(core.policies, command.limit)
    if command.offset < 0:
        problems.add("offset", "must not be negative")
    problems.raise_if_any()
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, command.event_id, Action.READ_HISTORY)
        # Versions count from 1 without a gap, so the newest one's number is how many.
        newest = event.version - command.offset
        oldest = max(1, newest - command.limit + 1)
        versions: tuple[Version, ...] = ()
        if newest >= 1:
            versions = await uow.record.versions(event.id, oldest, newest)
    return History(versions[::-1], event.version)


@watched
async def read_version(
    core: EventsCore, actor: Actor, event_id: EventId, number: int
) -> Version:
    """Return one version of an event.

    Raises:
        EventNotFound, PermissionDenied, MembershipUnavailable, AccessUnavailable: as
            ``read_history``.
        VersionNotFound: the event has no such version.
    """
    viewer = await viewer_of(core, actor, event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, event_id, Action.READ_HISTORY)
        return await version_in(uow, event.id, number)


@watched
async def compare_versions(
    core: EventsCore, actor: Actor, event_id: EventId, old: int, new: int
) -> Comparison:
    """Return what has to change of one version to have the other, either way round.

    Raises:
        EventNotFound, PermissionDenied, MembershipUnavailable, AccessUnavailable: as
            ``read_history``.
        VersionNotFound: the event has no such version.
    """
    viewer = await viewer_of(core, actor, event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, event_id, Action.READ_HISTORY)
        versions = [await version_in(uow, event.id, number) for number in (old, new)]
    return compare(*versions)


async def version_in(uow: UnitOfWork, event_id: EventId, number: int) -> Version:
    """Return a version of an event that the actor may see the history of.

    Raises:
        VersionNotFound: there is no such version.
    """
    for version in await uow.record.versions(event_id, number, number):
        return version
    raise VersionNotFound(number)
