"""Tell somebody what she may do, so that a client shows the right buttons."""

from attrs import frozen

from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.identity import Scope
from events_core.domain.permissions import ALL_PERMISSIONS, Permission
from events_core.errors import InvalidFields
from events_core.usecases.core import EventsCore


@frozen
class Myself:
    """What the actor holds in a scope, through which roles, under which flags."""

    scope: Scope
    permissions: frozenset[Permission]
    roles: tuple[str, ...]
    flags: MasterFlags


async def describe_me(
    core: EventsCore, actor: Actor, scope: Scope | None = None
) -> Myself:
    """Return what the actor may do in a scope, the whole tenant where it is None.

    Raises:
        InvalidFields: the scope is a tenant's, but not hers.
        AccessUnavailable: nobody could tell.
    """
    scope = scope or Scope.of_tenant(actor.tenant_id)
    if not scope.has_members and scope.id != actor.tenant_id:
        raise InvalidFields({"scope_id": ("must be the tenant's own id",)})
    if actor.flags.barred:
        return Myself(scope, frozenset(), (), actor.flags)
    if actor.flags.system_admin:
        return Myself(scope, ALL_PERMISSIONS, (), actor.flags)
    held = (await core.access.permissions(actor, {scope}))[scope]
    return Myself(scope, held.permissions, held.roles, actor.flags)
