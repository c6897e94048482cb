"""Read the audit trail of a tenant."""

from collections.abc import Sequence

from events_core.domain.actors import Actor, Via
from events_core.domain.audit import AuditQuery, minute_of
from events_core.domain.chain import Link
from events_core.domain.permissions import Action
from events_core.errors import PermissionDenied
from events_core.ports.store import Chained
from events_core.usecases.core import (
    EventsCore,
    check_allowed_everywhere,
)
from events_core.usecases.parts import check_part
from events_core.usecases.watching import watched


@watched
async def read_audit(
    core: EventsCore, actor: Actor, query: AuditQuery
) -> Sequence[Chained]:
    """Return entries of the trail, the latest first.

    They tell of every event of the tenant, also of those the reader may not see, but
    never what it says: names of fields, no values.

    Raises:
        InvalidFields: the limit is none.
        PermissionDenied: the actor does not hold ``events.event.manage`` in all the
            tenant.
        AccessUnavailable: nobody could tell.
    """
    check_part(core, query.limit)
    await check_allowed_everywhere(core, actor, Action.AUDIT)
    await close_minutes(core, actor)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        return await uow.audit.page(query)


@watched
async def export_audit(
    core: EventsCore, actor: Actor, *, after: int, limit: int
) -> Sequence[Link]:
    """Return the links that follow a position, with all that is kept, in their order.

    Of an end that is still being chained what is there. For the command line alone.

    Raises:
        PermissionDenied: the actor did not come through the command line.
    """
    check_is_operator(actor, "export the audit trail")
    await close_minutes(core, actor)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        return await uow.audit.walk(after=after, limit=limit)


async def close_minutes(core: EventsCore, actor: Actor) -> None:
    """Have in the trail what was counted in minutes that are over."""
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        await uow.audit.close_minutes(before=minute_of(core.clock.now()))
        await uow.commit()


def check_is_operator(actor: Actor, act: str) -> None:
    """Check that the actor came through the command line, where operators are.

    Raises:
        PermissionDenied: she did not.
    """
    if actor.via is not Via.CLI:
        raise PermissionDenied(act)
