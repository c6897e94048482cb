"""Have somebody outside told of what is public in a tenant."""

from uuid import UUID

from attrs import evolve, field, frozen

from events_core.domain.actors import Actor
from events_core.domain.destination import check_url
from events_core.domain.policies import Policies
from events_core.domain.text import FieldProblems, TextRule
from events_core.ports.outbox import Kind
from events_core.ports.publishing import Subscription, Terms
from events_core.usecases.core import EventsCore, own_scope, publishing_of
from events_core.usecases.watching import watched

_DESCRIPTION = TextRule(255)
_MOST_TYPES = 50


@frozen(kw_only=True)
class CreateSubscription:
    """Who is to be told, and what of. The same ``id`` makes the same subscription."""

    terms: Terms
    id: UUID | None = None


@frozen
class Subscribed:
    """A new subscription, and her secret, which is given out this once."""

    subscription: Subscription
    secret: bytes = field(repr=False)


@watched
async def create_subscription(
    core: EventsCore, actor: Actor, command: CreateSubscription
) -> Subscribed:
    """Tell somebody of public events from now on, and of nothing about persons.

    Done again with the same id it gives another secret, which is as good as the
    first: so whoever lost an answer can ask for it again.

    Raises:
        InvalidFields: the URL leads where none may, or something else breaks its rule.
        TooManySubscriptions: the tenant has as many as it may have.
        PermissionDenied: the actor may not manage who is told.
        AccessUnavailable: nobody could tell whether she may.
    """
    publishing = await publishing_of(core, actor)
    terms = checked_terms(actor, core.policies, command.terms)
    subscription_id = command.id or core.ids.new()
    secret = await publishing.subscriptions.add(
        subscription_id, terms, most=core.policies.most_subscriptions
    )
    found = await publishing.subscriptions.find(subscription_id)
    assert found is not None
    return Subscribed(found, secret)


def checked_terms(actor: Actor, policies: Policies, terms: Terms) -> Terms:
    """Return the terms as they are kept.

    Raises:
        InvalidFields: some of them break their rules.
    """
    problems = FieldProblems()
    problems.checked("url", lambda: check_url(terms.url, policies.inner_hosts), None)
    description = problems.checked(
        "description", lambda: _DESCRIPTION.clean(terms.description), ""
    )
    if terms.signing is Kind.ACTIVITY:
        problems.add("signing", "must be standard or internal")
    if terms.event_types is not None and not 1 <= len(terms.event_types) <= _MOST_TYPES:
        problems.add("event_types", f"must be 1 to {_MOST_TYPES}, or none for any")
    if terms.scope is not None:
        problems.collected(lambda: own_scope(actor, terms.scope))
    problems.raise_if_any()
    return evolve(terms, description=description)
