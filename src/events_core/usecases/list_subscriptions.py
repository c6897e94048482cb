"""Look through who is told of a tenant's facts."""

from collections.abc import Sequence

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.text import FieldProblems
from events_core.ports.publishing import Subscription
from events_core.usecases.core import EventsCore, publishing_of


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


async def list_subscriptions(
    core: EventsCore, actor: Actor, command: ListSubscriptions
) -> SubscriptionList:
    """Return the tenant's subscriptions, the oldest first.

    Raises:
        InvalidFields: there is no such part.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    problems, policies = FieldProblems(), core.policies
    if not 1 <= command.limit <= policies.largest_page:
        problems.add("limit", f"must be 1 to {policies.largest_page}")
    if not 0 <= command.offset <= policies.farthest_offset:
        problems.add("offset", f"must be 0 to {policies.farthest_offset}")
    problems.raise_if_any()
    publishing = await publishing_of(core, actor)
    items, total = await publishing.subscriptions.page(
        limit=command.limit, offset=command.offset
    )
    return SubscriptionList(items, total)
