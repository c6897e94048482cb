"""Tell somebody what she may do, so that a client shows the right buttons."""

from attrs import frozen

from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.identity import Scope
from events_core.domain.permissions import ALL_PERMISSIONS, Permission
from events_core.usecases.core import EventsCore, own_scope
from events_core.usecases.watching import watched_as_her_own


@frozen
class Myself:
    """What the actor holds in a scope, through which roles, under which flags."""

    scope: Scope
    permissions: frozenset[Permission]
    roles: tuple[str, ...]
    flags: MasterFlags


@watched_as_her_own
async def describe_me(
    core: EventsCore, actor: Actor, scope: Scope | None = None
) -> Myself:
    """Return what the actor may do in a scope, the whole tenant where it is None.

    Raises:
        InvalidFields: the scope is a tenant's, but not hers.
        AccessUnavailable: nobody could tell.
    """
    scope = own_scope(actor, scope)
    if actor.flags.barred:
        return Myself(scope, frozenset(), (), actor.flags)
    if actor.flags.system_admin:
        return Myself(scope, ALL_PERMISSIONS, (), actor.flags)
    held = (await core.access.permissions(actor, {scope}))[scope]
    return Myself(scope, held.permissions, held.roles, actor.flags)
