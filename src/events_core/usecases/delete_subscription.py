"""Tell somebody nothing any more."""

from uuid import UUID

from events_core.domain.actors import Actor
from events_core.errors import SubscriptionNotFound
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.watching import watched


@watched
async def delete_subscription(
    core: EventsCore, actor: Actor, subscription_id: UUID
) -> None:
    """Forget a subscription, and all that was to be told to her.

    Raises:
        SubscriptionNotFound: there is none.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    publishing = await publishing_of(core, actor)
    if not await publishing.subscriptions.remove(subscription_id):
        raise SubscriptionNotFound(subscription_id)
