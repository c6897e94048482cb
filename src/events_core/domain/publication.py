"""Who is told of a fact, and as what: the one statement of the rule.

A fact goes to whom the event reached before the change or reaches after it. Whom it
reaches no longer hears that it was withdrawn, whom it reaches only now that it was
created; the facts of a draft reach nobody. A deleted event reaches nobody either, but
that it was deleted, or restored, is told as such to whom it would otherwise reach.
What is about a person is for subscribers who were marked for it by an operator, and
for nobody else in any form.

Facts about subscriptions are no event's. A test is for the subscriber that is tested;
that somebody was disabled, for whoever asked for it by name.
"""

from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from attrs import frozen

from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.facts import SubscriptionTested
from events_core.domain.identity import Scope, TenantId

CREATED = "event.created"
WITHDRAWN = "event.withdrawn"

#: Bears what is the operator's, over all tenants. Nobody's tenant (RFC 9562, 5.9).
OPERATORS = TenantId(UUID(int=0))

#: What a subscriber hears of events that nobody widened for her.
PUBLIC = frozenset({Visibility.PUBLIC})


class Told(StrEnum):
    """As what a subscriber is told of a fact."""

    ITSELF = "itself"
    CREATED = "created"
    WITHDRAWN = "withdrawn"


@frozen(kw_only=True)
class Heading:
    """What of a fact of an event decides who is told of it.

    ``exposed_before`` is None for a new event.
    """

    tenant_id: TenantId
    event_type: str
    scope: Scope
    exposure: Exposure
    exposed_before: Exposure | None
    is_personal: bool


@frozen(kw_only=True)
class SubscriptionHeading:
    """What of a fact of a subscription decides who is told of it."""

    tenant_id: TenantId
    event_type: str
    subscription_id: UUID


AnyHeading: TypeAlias = Heading | SubscriptionHeading


@frozen(kw_only=True)
class Audience:
    """What a subscriber may hear of, and wants to.

    None stands for any: tenant, scope, kind of fact. Without anything said it is
    what is public, and nothing about persons.
    """

    tenant_id: TenantId | None
    visibilities: frozenset[Visibility] = PUBLIC
    persons: bool = False
    scope: Scope | None = None
    event_types: frozenset[str] | None = None

    def reaches(self, exposure: Exposure | None) -> bool:
        """Tell whether an event so exposed is for this audience at all."""
        return self.suits(exposure) and not (exposure and exposure.deleted)

    def suits(self, exposure: Exposure | None) -> bool:
        """Tell whether it would be, were it not deleted."""
        return (
            exposure is not None
            and exposure.status is not Status.DRAFT
            and exposure.visibility in self.visibilities
        )


def told_as(
    fact: AnyHeading, audience: Audience, subscription_id: UUID | None = None
) -> Told | None:
    """Return as what an audience is told of a fact; None where it is not.

    Kinds are chosen by what is told: who wants only ``event.created`` hears of an
    event that was widened. ``subscription_id`` is the audience's, if it has one.
    """
    if isinstance(fact, SubscriptionHeading):
        is_told = _is_told(fact, audience, subscription_id)
        return Told.ITSELF if is_told else None
    if audience.tenant_id not in {None, fact.tenant_id}:
        return None
    if audience.scope not in {None, fact.scope}:
        return None
    told = _told_as(fact, audience)
    wanted = audience.event_types
    if told is None or (wanted is not None and told_type(fact, told) not in wanted):
        return None
    return told


def told_type(fact: AnyHeading, told: Told) -> str:
    """Return the ``event_type`` that is told."""
    match told:
        case Told.ITSELF:
            return fact.event_type
        case Told.CREATED:
            return CREATED
        case Told.WITHDRAWN:
            return WITHDRAWN


def _is_told(
    fact: SubscriptionHeading, audience: Audience, subscription_id: UUID | None
) -> bool:
    if fact.event_type == SubscriptionTested.event_type:
        return fact.subscription_id == subscription_id
    # Who said nothing of kinds wants events, and is to learn of nobody beside her.
    return (
        fact.event_type in (audience.event_types or ())
        and audience.tenant_id in {None, fact.tenant_id}
        and audience.scope in {None, Scope.of_tenant(fact.tenant_id)}
    )


def _told_as(fact: Heading, audience: Audience) -> Told | None:
    before, after = fact.exposed_before, fact.exposure
    if fact.is_personal:
        is_hers = audience.reaches(after) and audience.persons
        return Told.ITSELF if is_hers else None
    if audience.reaches(after):
        is_news = before is not None and not audience.suits(before)
        return Told.CREATED if is_news else Told.ITSELF
    if audience.reaches(before):
        return Told.ITSELF if audience.suits(after) else Told.WITHDRAWN
    return None
