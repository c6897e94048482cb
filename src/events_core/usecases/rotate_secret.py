"""Have a subscriber's messages signed with a new secret."""

from uuid import UUID

from events_core.domain.actors import Actor
from events_core.errors import SubscriptionNotFound
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.watching import watched


@watched
async def rotate_secret(core: EventsCore, actor: Actor, subscription_id: UUID) -> bytes:
    """Sign with a new secret too from now on; return it, this once.

    The ones before go on signing beside it until they are pushed out by further ones.

    Raises:
        SubscriptionNotFound: there is none.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    publishing = await publishing_of(core, actor)
    secret = await publishing.subscriptions.rotate(subscription_id)
    if secret is None:
        raise SubscriptionNotFound(subscription_id)
    return secret
