"""Tell a subscriber again of what was."""

from datetime import datetime
from uuid import UUID

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.errors import InvalidFields, SubscriptionNotFound
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ReplayFacts:
    """To whom, and from where on: one of the tenant's positions, or a time."""

    subscription_id: UUID
    from_position: int | None = None
    since: datetime | None = None


@watched
async def replay_facts(core: EventsCore, actor: Actor, command: ReplayFacts) -> None:
    """Tell everything again that came from there on.

    Raises:
        InvalidFields: not exactly one of position and time is given.
        SubscriptionNotFound: there is no such subscription.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    if (command.from_position is None) == (command.since is None):
        raise InvalidFields(
            {"from_position": ("must be given, or since, and not both",)}
        )
    if command.since is not None and command.since.tzinfo is None:
        raise InvalidFields({"since": ("must have an offset, such as Z",)})
    publishing = await publishing_of(core, actor)
    is_there = await publishing.dispatches.replay(
        command.subscription_id,
        from_position=command.from_position,
        since=command.since,
    )
    if not is_there:
        raise SubscriptionNotFound(command.subscription_id)
