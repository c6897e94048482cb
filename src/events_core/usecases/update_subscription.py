"""Change where somebody is told, what of, and whether at all."""

from uuid import UUID

from attrs import evolve, frozen

from events_core.domain.actors import Actor
from events_core.errors import InvalidFields, NoUpdates, SubscriptionNotFound
from events_core.ports.outbox import State
from events_core.ports.publishing import NewTerms, Subscription
from events_core.usecases.core import EventsCore, publishing_of
from events_core.usecases.create_subscription import checked_terms
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class UpdateSubscription:
    """What is to change of which subscription."""

    subscription_id: UUID
    terms: NewTerms


@watched
async def update_subscription(
    core: EventsCore, actor: Actor, command: UpdateSubscription
) -> Subscription:
    """Change a subscription and return it as it is then.

    Raises:
        NoUpdates: nothing is named that is to change.
        InvalidFields: something breaks its rule.
        SubscriptionNotFound: there is none.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    publishing = await publishing_of(core, actor)
    named = {**command.terms.given()}
    if not named:
        raise NoUpdates
    if named.pop("state", None) is State.DISABLED:
        raise InvalidFields({"state": ("must be active or paused",)})
    present = await publishing.subscriptions.find(command.subscription_id)
    if present is None:
        raise SubscriptionNotFound(command.subscription_id)
    checked = checked_terms(actor, core.policies, evolve(present.terms, **named))
    terms = evolve(command.terms, **{name: getattr(checked, name) for name in named})
    changed = await publishing.subscriptions.change(command.subscription_id, terms)
    if changed is None:
        raise SubscriptionNotFound(command.subscription_id)
    return changed
