"""See whether a subscriber can be reached."""

from uuid import UUID

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.identity import MessageId
from events_core.errors import SubscriptionNotFound
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class SendTest:
    """Who is to be tested. The same ``id`` is the same message."""

    subscription_id: UUID
    id: MessageId | None = None


@watched
async def send_test(core: EventsCore, actor: Actor, command: SendTest) -> MessageId:
    """Tell a subscriber, and nobody else, that she is tested; return the message's id.

    It goes the way of all facts, so that what came of it is among her deliveries. Who
    is paused or disabled hears of it when she is told again.

    Raises:
        SubscriptionNotFound: there is no such subscription.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    publishing = await publishing_of(core, actor)
    message_id = command.id or core.new_message_id()
    is_there = await publishing.dispatches.send_test(
        command.subscription_id, message_id, core.clock.now()
    )
    if not is_there:
        raise SubscriptionNotFound(command.subscription_id)
    return message_id
