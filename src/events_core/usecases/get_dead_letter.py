"""Look at one thing that a subscriber is not told any more."""

from uuid import UUID

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.identity import MessageId
from events_core.errors import DeadLetterNotFound
from events_core.ports.publishing import Choice, DeadLetter
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.list_deliveries import check_is_there
from events_core.usecases.watching import watched


@frozen
class OpenedLetter:
    """A dead letter, and the JSON text that it tells.

    ``text`` is None where it cannot be told any more, since the event is gone.
    """

    letter: DeadLetter
    text: str | None


@watched
async def get_dead_letter(
    core: EventsCore, actor: Actor, subscription_id: UUID, message_id: MessageId
) -> OpenedLetter:
    """Return a dead letter with what it tells.

    Raises:
        SubscriptionNotFound: there is no such subscription.
        DeadLetterNotFound: there is no such dead letter of hers.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    publishing = await publishing_of(core, actor)
    await check_is_there(publishing, subscription_id)
    found = await publishing.dispatches.dead_letters(
        subscription_id, Choice(message_id=message_id), after=0, limit=1
    )
    if not found:
        raise DeadLetterNotFound(message_id)
    text = await publishing.dispatches.text_of(subscription_id, message_id)
    return OpenedLetter(found[0], text)
