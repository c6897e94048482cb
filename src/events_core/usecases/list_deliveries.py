"""Look at what a subscriber was told, and how that went."""

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.errors import SubscriptionNotFound
from events_core.ports.publishing import Dispatch, TenantPublishing
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.parts import check_part
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ListDeliveries:
    """Of whom, and before which of the tenant's positions."""

    subscription_id: UUID
    before: int | None = None
    limit: int = 100


@watched
async def list_deliveries(
    core: EventsCore, actor: Actor, command: ListDeliveries
) -> Sequence[Dispatch]:
    """Return what a subscriber was and is to be told, the latest fact first.

    Raises:
        InvalidFields: the limit is none.
        SubscriptionNotFound: there is none.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    check_part(core, command.limit)
    publishing = await publishing_of(core, actor)
    await check_is_there(publishing, command.subscription_id)
    return await publishing.dispatches.recent(
        command.subscription_id, before=command.before, limit=command.limit
    )


async def check_is_there(publishing: TenantPublishing, subscription_id: UUID) -> None:
    """Check that there is a subscription.

    Raises:
        SubscriptionNotFound: there is none.
    """
    if await publishing.subscriptions.find(subscription_id) is None:
        raise SubscriptionNotFound(subscription_id)
