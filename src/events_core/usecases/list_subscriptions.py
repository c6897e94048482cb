"""Look through who is told of a tenant's facts."""

from collections.abc import Sequence

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.ports.publishing import Subscription
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.parts import check_part
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ListSubscriptions:
    """Which part of the list."""

    limit: int = 100
    offset: int = 0


@frozen
class SubscriptionList:
    """One part of the list, and how many there are in all of it."""

    items: Sequence[Subscription]
    total: int


@watched
async def list_subscriptions(
    core: EventsCore, actor: Actor, command: ListSubscriptions
) -> SubscriptionList:
    """Return the tenant's subscriptions, the oldest first.

    Raises:
        InvalidFields: there is no such part.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    check_part(core, command.limit, command.offset)
    publishing = await publishing_of(core, actor)
    items, total = await publishing.subscriptions.page(
        limit=command.limit, offset=command.offset
    )
    return SubscriptionList(items, total)
