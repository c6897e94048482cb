"""The ports in one bundle, and how every use case begins: who is looking?"""

from collections.abc import Collection, Mapping

from attrs import field, frozen

from events_core.domain.actors import Actor, Viewer
from events_core.domain.change import Cause
from events_core.domain.event import Event
from events_core.domain.identity import (
    EventId,
    MessageId,
    OccurrenceKey,
    Scope,
)
from events_core.domain.permissions import (
    ALL_PERMISSIONS,
    Action,
    Permission,
    allows,
)
from events_core.domain.policies import Policies
from events_core.domain.predicate import holds
from events_core.domain.visibility import visible_to
from events_core.errors import (
    EventNotFound,
    InvalidFields,
    MembershipUnavailable,
    PermissionDenied,
    Unavailable,
)
from events_core.ports.clock import Clock, IdSource
from events_core.ports.people import Access, Membership, Memberships
from events_core.ports.publishing import Publishing, TenantPublishing
from events_core.ports.store import Store, UnitOfWork


@frozen(kw_only=True)
class EventsCore:
    """Everything a use case needs of the world. Build it once, share it freely.

    Without ``publishing`` nobody can subscribe to facts, or fetch them; without
    ``pass_keys`` there are no passes. The first key signs, all are accepted.
    """

    store: Store
    memberships: Memberships
    access: Access
    clock: Clock
    ids: IdSource
    policies: Policies = Policies()
    publishing: Publishing | None = None
    pass_keys: tuple[bytes, ...] = field(default=(), repr=False)

    def cause(self, actor: Actor, reason: str | None = None) -> Cause:
        """Return the cause of what the actor does now."""
        return Cause(
            actor.user_id,
            self.clock.now(),
            actor.via,
            reason,
            request_id=actor.request_id,
            as_admin=actor.acts_as_admin,
        )

    def new_message_id(self) -> MessageId:
        """Return the id of a new fact."""
        return MessageId(self.ids.new())


def own_scope(actor: Actor, scope: Scope | None) -> Scope:
    """Return the scope that is meant; the actor's whole tenant where it is None.

    Raises:
        InvalidFields: the scope is a tenant's, but not hers.
    """
    tenant = Scope.of_tenant(actor.tenant_id)
    if scope is None:
        return tenant
    if not scope.has_members and scope != tenant:
        raise InvalidFields({"scope_id": ("must be the tenant's own id",)})
    return scope


async def viewer_in(
    core: EventsCore,
    actor: Actor,
    *,
    members_of: Collection[Scope] = (),
    permissions_in: Collection[Scope] = (),
    bearing: frozenset[Scope] | None = None,
) -> Viewer:
    """Resolve what is known of the actor in exactly these scopes, in parallel.

    Call it outside any unit of work. Of a barred person no permission is asked, she
    has none; nor of a system admin, who has all. Neither changes what they see.

    Raises:
        AccessUnavailable: permissions were asked and could not be told.
    """
    # A third of what importing the core would take; whoever awaits us has it already.
    from asyncio import TaskGroup  # noqa: PLC0415

    asked = frozenset(members_of) - {Scope.of_tenant(actor.tenant_id)}
    try:
        async with TaskGroup() as group:
            belonging = group.create_task(_memberships(core, actor, asked))
            holding = await _permissions(core, actor, frozenset(permissions_in))
    except* Unavailable as outage:
        raise outage.exceptions[0] from None
    standing = belonging.result().items()
    member, unknown = Membership.MEMBER, Membership.UNKNOWN
    return Viewer(
        actor.tenant_id,
        actor.user_id,
        member_of=frozenset([scope for scope, how in standing if how is member]),
        undecided=frozenset([scope for scope, how in standing if how is unknown]),
        permissions=holding,
        barred=actor.flags.barred,
        at=core.clock.now(),
        bearing=bearing,
    )


async def _memberships(
    core: EventsCore, actor: Actor, scopes: frozenset[Scope]
) -> Mapping[Scope, Membership]:
    return await core.memberships.memberships(actor, scopes) if scopes else {}


async def _permissions(
    core: EventsCore, actor: Actor, scopes: frozenset[Scope]
) -> Mapping[Scope, frozenset[Permission]]:
    if actor.flags.barred:
        return {}
    if actor.flags.system_admin:
        return dict.fromkeys(scopes, ALL_PERMISSIONS)
    if not scopes:
        return {}
    held = await core.access.permissions(actor, scopes)
    return {scope: held[scope].permissions for scope in scopes}


async def viewer_of(core: EventsCore, actor: Actor, event_id: EventId) -> Viewer:
    """Resolve the actor in the scope of one event.

    For an event that does not exist, in the tenant's: what is asked, and what an
    outage answers, then tells nothing about which of the two it is.
    """
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        scope = await uow.events.scope_of(event_id)
        groups = await uow.events.groups(event_id)
    scope = scope or Scope.of_tenant(actor.tenant_id)
    return await viewer_in(
        core, actor, members_of={scope, *groups}, permissions_in={scope}
    )


async def visible_event(uow: UnitOfWork, viewer: Viewer, event_id: EventId) -> Event:
    """Load an event through the viewer's eyes.

    Raises:
        EventNotFound: there is none, or she may not see it.
        MembershipUnavailable: whether she may see it hangs on a membership that
            nobody could tell.
    """
    event = await uow.events.get(event_id, visible_to(viewer.if_member_of_all()))
    if event is None:
        raise EventNotFound(event_id)
    if not holds(visible_to(viewer), event):
        raise MembershipUnavailable
    return event


async def event_for(
    uow: UnitOfWork, viewer: Viewer, event_id: EventId, action: Action
) -> Event:
    """Load an event to do something with it: visibility first, then permission.

    Raises:
        EventNotFound, MembershipUnavailable: as ``visible_event``.
        PermissionDenied: she sees it and may not do this.
    """
    event = await visible_event(uow, viewer, event_id)
    if not event.allows(action, viewer):
        raise PermissionDenied(action.value)
    return event


async def check_allowed_everywhere(
    core: EventsCore, actor: Actor, action: Action
) -> None:
    """Check that the actor may do this in all of her tenant.

    Raises:
        PermissionDenied: she may not.
        AccessUnavailable: nobody could tell.
    """
    tenant = Scope.of_tenant(actor.tenant_id)
    viewer = await viewer_in(core, actor, permissions_in={tenant})
    if not allows(action, permissions=viewer.permissions_in(tenant)):
        raise PermissionDenied(action.value)


async def publishing_of(core: EventsCore, actor: Actor) -> TenantPublishing:
    """Return how the actor's tenant publishes, if she may manage that.

    Raises:
        PermissionDenied: she does not hold ``events.event.manage`` in all the tenant.
        AccessUnavailable: nobody could tell.
        LookupError: this core publishes nothing.
    """
    await check_allowed_everywhere(core, actor, Action.PUBLISH)
    if core.publishing is None:
        raise LookupError("this core has no port to publish through")
    return core.publishing.of(actor.tenant_id, core.cause(actor))


def chosen_occurrence(event: Event, key: OccurrenceKey | None) -> OccurrenceKey:
    """Return the occurrence that is meant; an event that does not repeat has one.

    Raises:
        InvalidFields: the event has no such occurrence.
    """
    if key is not None and key != event.occurrence:
        raise InvalidFields({"occurrence": ("is no occurrence of this event",)})
    return event.occurrence
