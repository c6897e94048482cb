"""Bring back what an event was."""

from collections.abc import Collection

from attrs import evolve, frozen

from events_core.domain.actors import Actor, Via
from events_core.domain.change import checked_reason
from events_core.domain.event import Event
from events_core.domain.history import to_bring_back
from events_core.domain.identity import EventId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import change_event
from events_core.usecases.core import EventsCore
from events_core.usecases.read_history import version_in
from events_core.usecases.seating import store_revised
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class RollBackEvent:
    """The version whose content to bring back, and of which fields.

    ``fields`` None are those nobody relies on: never visibility, times or whatever
    else decides who can come. Those must be named. With ``expected_version`` only from
    that version.
    """

    event_id: EventId
    version: int
    fields: Collection[str] | None = None
    reason: str | None = None
    expected_version: int | None = None


@watched
async def roll_back_event(
    core: EventsCore, actor: Actor, command: RollBackEvent
) -> Listing:
    """Change an event to what it was; a new version, unless that changes nothing.

    It passes every rule of ``update_event`` as of today. Answers, attendance, roles
    and status stay as they are.

    Raises:
        IllegalTransition: the event is deleted; restore it first.
        VersionNotFound: the event has no such version.
        InvalidFields, InvalidTimeRange, VisibilityNeedsScope: a field cannot be brought
            back, or its old value breaks a rule.
        CapacityTooLow: the capacity it had is below what is taken.
        EventNotFound, PermissionDenied, VersionMismatch, ConcurrentChange,
        MembershipUnavailable, AccessUnavailable: as ``change_event``.
    """
    reason = checked_reason(command.reason)

    async def bring_back(uow: UnitOfWork, event: Event) -> None:
        version = await version_in(uow, event.id, command.version)
        revision = to_bring_back(version, command.fields)
        if revision.given():
            cause = evolve(core.cause(actor, reason), via=Via.ROLLBACK)
            change = event.revise(
                revision, cause=cause, message_id=core.new_message_id()
            )
            await store_revised(core, uow, change)

    return await change_event(
        core,
        actor,
        command.event_id,
        Action.UPDATE,
        bring_back,
        expected_version=command.expected_version,
    )
