"""Fetch the facts of a tenant, for who cannot be called."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.identity import Scope
from events_core.domain.publication import Audience
from events_core.ports.publishing import FactPage, FeedPlace
from events_core.usecases.core import (
    EventsCore,
    own_scope,
    publishing_of,
)
from events_core.usecases.parts import check_part
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class PullFacts:
    """What of, and after which place."""

    after: FeedPlace | None = None
    limit: int = 100
    event_types: frozenset[str] | None = None
    scope: Scope | None = None


@watched
async def pull_facts(core: EventsCore, actor: Actor, command: PullFacts) -> FactPage:
    """Return the next facts, told as to a subscriber: of public events, in order.

    Who goes on after the ``place`` of each page misses nothing.

    Raises:
        InvalidFields: the limit is none, or the scope another tenant's.
        FactsGone: what came next is no longer kept.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    check_part(core, command.limit)
    if command.scope is not None:
        own_scope(actor, command.scope)
    publishing = await publishing_of(core, actor)
    audience = Audience(
        tenant_id=actor.tenant_id,
        scope=command.scope,
        event_types=command.event_types,
    )
    return await publishing.feed.read(
        audience, after=command.after, limit=command.limit
    )
