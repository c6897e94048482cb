"""Try again what a subscriber is not told any more."""

from uuid import UUID

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.errors import DeadLetterNotFound
from events_core.ports.publishing import Choice
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.list_deliveries import check_is_there
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class RetryDeadLetters:
    """Whose, and which: one, those that fit, or all."""

    subscription_id: UUID
    choice: Choice = Choice()


@frozen
class Retried:
    """How many are tried again, and whether there are more than were taken at once."""

    number: int
    more: bool


@watched
async def retry_dead_letters(
    core: EventsCore, actor: Actor, command: RetryDeadLetters
) -> Retried:
    """Have dead letters tried again as if for the first time, the oldest facts first.

    Raises:
        SubscriptionNotFound: there is no such subscription.
        DeadLetterNotFound: one was named, and is none.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    publishing = await publishing_of(core, actor)
    await check_is_there(publishing, command.subscription_id)
    most, named = core.policies.most_retried, command.choice.message_id
    number = await publishing.dispatches.send_again(
        command.subscription_id, command.choice, most=most
    )
    if named is not None and not number:
        raise DeadLetterNotFound(named)
    return Retried(number, more=number == most)
