"""How every change of an event goes: looked at, decided, stored, tried again."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from events_core.domain.actors import Actor, Viewer
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.history import differences
from events_core.domain.identity import EventId
from events_core.domain.listing import Listing
from events_core.domain.notices import notice_of
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.errors import ConcurrentChange, EventNotFound, VersionMismatch
from events_core.ports.store import UnitOfWork
from events_core.usecases.core import EventsCore, event_for, viewer_of

T = TypeVar("T")

#: Decides what becomes of an event, and stores that; the caller commits.
Decide = Callable[[UnitOfWork, Event], Awaitable[None]]


async def retried(core: EventsCore, attempt: Callable[[], Awaitable[T]]) -> T:
    """Do what others may win against, again where they do, some times.

    ``attempt`` opens a unit of work of its own, and commits it.

    Raises:
        ConcurrentChange: it lost too often.
    """
    for _ in range(core.policies.change_attempts):
        with suppress(ConcurrentChange):
            return await attempt()
    raise ConcurrentChange


async def decided_on(
    core: EventsCore,
    actor: Actor,
    event_id: EventId,
    action: Action,
    decide: Callable[[UnitOfWork, Event, Viewer], Awaitable[T]],
) -> T:
    """Let the actor decide something of an event that she may do this with.

    What loses against another change is decided again on what there is then.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not do this to it.
        ConcurrentChange: it lost too often.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    viewer = await viewer_of(core, actor, event_id)

    async def attempt() -> T:
        async with core.store.unit_of_work(actor.tenant_id) as uow:
            event = await event_for(uow, viewer, event_id, action)
            decision = await decide(uow, event, viewer)
            await uow.commit()
        return decision

    return await retried(core, attempt)


async def change_event(
    core: EventsCore,
    actor: Actor,
    event_id: EventId,
    action: Action,
    decide: Decide,
    *,
    expected_version: int | None = None,
) -> Listing:
    """Let the actor change an event she may change so; return it as it is then.

    Raises:
        EventNotFound, PermissionDenied, ConcurrentChange, MembershipUnavailable,
            AccessUnavailable: as ``decided_on``.
        VersionMismatch: the event is not at ``expected_version`` (any more).
    """

    async def changed(uow: UnitOfWork, event: Event, viewer: Viewer) -> Listing | None:
        await check_version(uow, event, expected_version)
        await decide(uow, event)
        return await uow.events.look(event.id, Everything(), viewer.roles_as)

    listing = await decided_on(core, actor, event_id, action, changed)
    if listing is None:
        raise EventNotFound(event_id)
    return listing


async def store_change(uow: UnitOfWork, change: Change[Event]) -> Event:
    """Store a change and what people must hear of it; return what the event is now."""
    await uow.events.save(change)
    kind = notice_of(change)
    if kind is not None:
        await uow.notices.note(change, kind)
    assert change.after is not None
    return change.after


async def check_version(uow: UnitOfWork, event: Event, expected: int | None) -> None:
    """Check that the event is at the version the caller named, if she named any.

    Raises:
        VersionMismatch: it is not; the error names the fields that differ.
    """
    if expected in {None, event.version}:
        return
    base = await uow.record.versions(event.id, expected or 0, expected)
    if not base:
        raise VersionMismatch(event.version)
    latest = await uow.record.versions(event.id, event.version, event.version)
    changed = differences(base[0].snapshot, latest[0].snapshot)
    raise VersionMismatch(event.version, tuple(sorted(changed)))
