"""Look at who is told of a tenant's facts."""

from uuid import UUID

from events_core.domain.actors import Actor
from events_core.errors import SubscriptionNotFound
from events_core.ports.publishing import Subscription
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.watching import watched


@watched
async def get_subscription(
    core: EventsCore, actor: Actor, subscription_id: UUID
) -> Subscription:
    """Return a subscription and how it does.

    Raises:
        SubscriptionNotFound: there is none.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    publishing = await publishing_of(core, actor)
    found = await publishing.subscriptions.find(subscription_id)
    if found is None:
        raise SubscriptionNotFound(subscription_id)
    return found
