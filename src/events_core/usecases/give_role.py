"""Say who may do what on one event."""

from datetime import UTC, datetime

from attrs import evolve, frozen

from events_core.domain.actors import Actor, Viewer
from events_core.domain.change import Change
from events_core.domain.identity import EventId
from events_core.domain.permissions import Action, Role
from events_core.domain.roles import Grant, Holder, Sharing
from events_core.domain.schedule import LAST_YEAR
from events_core.errors import EventNotFound, InvalidFields, PermissionDenied
from events_core.ports.store import UnitOfWork
from events_core.usecases.core import EventsCore, event_for, viewer_of
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class GiveRole:
    """Which role, to a person, a community or a team; without an end where None.

    With ``transfer`` an ownership is passed on: the giver's own ends.
    """

    event_id: EventId
    holder: Holder
    role: Role
    expires_at: datetime | None = None
    transfer: bool = False


@watched
async def read_roles(core: EventsCore, actor: Actor, event_id: EventId) -> Sharing:
    """Return who holds which role on an event, those that have ended left out.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not say who may do what on it.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    viewer = await viewer_of(core, actor, event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, event_id, Action.SHARE)
    now = core.clock.now()
    lasting = (grant for grant in event.grants if not grant.has_ended(now))
    return Sharing(event_id, tuple(sorted(lasting, key=lambda g: g.granted_at)))


@watched
async def give_role(core: EventsCore, actor: Actor, command: GiveRole) -> Grant:
    """Give a role in place of the one the holder has; the same again changes nothing.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not say who may do what on it, means herself, or
            passes on an ownership that is not hers.
        InvalidFields: it ends in the past, too many hold roles, or what is passed on
            is no ownership of one person.
        LastOwner: nobody would own the event any more.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    ends = command.expires_at
    if ends is not None and (ends.tzinfo is None or ends.year > LAST_YEAR):
        problem = f"must have an offset, and be before the year {LAST_YEAR + 1}"
        raise InvalidFields({"expires_at": (problem,)})
    cause = core.cause(actor)
    grant = Grant(
        command.holder,
        command.role,
        cause.at,
        granted_by=actor.user_id,
        expires_at=ends and ends.astimezone(UTC),
    )
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        before = await _claimed(uow, viewer, command.event_id)
        decide = before.transferred if command.transfer else before.given
        after = decide(grant, most=core.policies.most_roles)
        await uow.roles.save(Change(before, after, cause))
        await uow.commit()
    return after.of(command.holder) or grant


@watched
async def take_role(
    core: EventsCore, actor: Actor, event_id: EventId, holder: Holder
) -> None:
    """Take the role away that somebody holds; without one nothing happens.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not say who may do what on it.
        LastOwner: nobody would own the event any more.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    viewer = await viewer_of(core, actor, event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        before = await _claimed(uow, viewer, event_id)
        change = Change(before, before.taken(holder), core.cause(actor))
        await uow.roles.save(change)
        await uow.commit()


async def _claimed(uow: UnitOfWork, viewer: Viewer, event_id: EventId) -> Sharing:
    event = await event_for(uow, viewer, event_id, Action.SHARE)
    sharing = await uow.roles.claim(event_id)
    if sharing is None:  # gone between the two reads
        raise EventNotFound(event_id)
    # Her own role may have been taken while this one waited.
    if not evolve(event, grants=sharing.grants).allows(Action.SHARE, viewer):
        raise PermissionDenied(Action.SHARE.value)
    return sharing
