"""Look at what a subscriber is not told any more."""

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.ports.publishing import Choice, DeadLetter
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.list_deliveries import check_is_there
from events_core.usecases.parts import check_part
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ListDeadLetters:
    """Of whom, which, and of facts after which of the tenant's positions."""

    subscription_id: UUID
    choice: Choice = Choice()
    after: int = 0
    limit: int = 100


@watched
async def list_dead_letters(
    core: EventsCore, actor: Actor, command: ListDeadLetters
) -> Sequence[DeadLetter]:
    """Return the dead letters of a subscriber, in the order of the facts.

    Raises:
        InvalidFields: the limit is none.
        SubscriptionNotFound: there is none.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    check_part(core, command.limit)
    publishing = await publishing_of(core, actor)
    await check_is_there(publishing, command.subscription_id)
    return await publishing.dispatches.dead_letters(
        command.subscription_id,
        command.choice,
        after=command.after,
        limit=command.limit,
    )
