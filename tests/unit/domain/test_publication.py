"""Who is told of a fact, and as what."""

from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.identity import Scope, ScopeKind, TenantId
from events_core.domain.publication import (
    CREATED,
    WITHDRAWN,
    Audience,
    Heading,
    SubscriptionHeading,
    Told,
    told_as,
    told_type,
)

HERE, THERE = TenantId(UUID(int=1)), TenantId(UUID(int=2))
SCOPES = [Scope.of_tenant(HERE), Scope(ScopeKind.TEAM, UUID(int=3))]
TYPES = ["event.created", "event.updated", "event.rsvp.changed", "event.deleted"]

exposures = st.builds(
    Exposure,
    st.sampled_from(list(Visibility)),
    st.sampled_from(list(Status)),
    st.booleans(),
)
headings = st.builds(
    Heading,
    tenant_id=st.sampled_from([HERE, THERE]),
    event_type=st.sampled_from(TYPES),
    scope=st.sampled_from(SCOPES),
    exposure=exposures,
    exposed_before=st.none() | exposures,
    is_personal=st.booleans(),
)
audiences = st.builds(
    Audience,
    tenant_id=st.none() | st.sampled_from([HERE, THERE]),
    visibilities=st.frozensets(st.sampled_from(list(Visibility))),
    persons=st.booleans(),
    scope=st.none() | st.sampled_from(SCOPES),
    event_types=st.none() | st.frozensets(st.sampled_from([*TYPES, WITHDRAWN])),
)
PUBLIC = Exposure(Visibility.PUBLIC, Status.PUBLISHED)
PRIVATE = Exposure(Visibility.PRIVATE, Status.PUBLISHED)
DRAFT = Exposure(Visibility.PUBLIC, Status.DRAFT)
GONE = Exposure(Visibility.PUBLIC, Status.PUBLISHED, deleted=True)
UPDATED = Heading(
    tenant_id=HERE,
    event_type="event.updated",
    scope=SCOPES[0],
    exposure=PUBLIC,
    exposed_before=PUBLIC,
    is_personal=False,
)
ANYBODY = Audience(tenant_id=None)
SHE, ANOTHER = UUID(int=5), UUID(int=6)
TEST, DISABLED = "subscription.test", "subscription.disabled"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (PUBLIC, PUBLIC, Told.ITSELF),
        (None, PUBLIC, Told.ITSELF),
        (DRAFT, PUBLIC, Told.CREATED),
        (PRIVATE, PUBLIC, Told.CREATED),
        (PUBLIC, PRIVATE, Told.WITHDRAWN),
        (PRIVATE, PRIVATE, None),
        (DRAFT, DRAFT, None),
        (None, DRAFT, None),
        (None, PRIVATE, None),
        (PUBLIC, GONE, Told.ITSELF),
        (GONE, PUBLIC, Told.ITSELF),
        (GONE, GONE, None),
        (PRIVATE, evolve(GONE, visibility=Visibility.PRIVATE), None),
        (DRAFT, evolve(DRAFT, deleted=True), None),
        (evolve(DRAFT, deleted=True), PUBLIC, Told.CREATED),
    ],
)
def test_what_is_told_hangs_on_whom_it_reached_before_and_reaches_after(
    before: Exposure | None, after: Exposure, told: Told | None
) -> None:
    fact = evolve(UPDATED, exposed_before=before, exposure=after)
    assert told_as(fact, ANYBODY) is told


@given(headings, audiences)
def test_nothing_of_what_an_audience_may_not_see_is_told_to_it(
    fact: Heading, audience: Audience
) -> None:
    told = told_as(fact, audience)
    if told is None:
        return
    shown = {fact.exposure, fact.exposed_before} - {None}
    if told is not Told.WITHDRAWN:  # which has no title
        shown = {fact.exposure}
    assert any(
        e and e.visibility in audience.visibilities and e.status is not Status.DRAFT
        for e in shown
    )
    assert audience.tenant_id in {None, fact.tenant_id}
    assert audience.scope in {None, fact.scope}


@given(headings, audiences)
def test_what_is_about_a_person_goes_to_who_was_marked_for_it_and_unchanged(
    fact: Heading, audience: Audience
) -> None:
    fact = evolve(fact, is_personal=True)
    told = told_as(fact, audience)
    assert told in {None, Told.ITSELF}
    assert told is None or audience.persons


@given(headings)
def test_a_draft_is_told_to_nobody_who_has_not_heard_of_it(fact: Heading) -> None:
    everything = Audience(
        tenant_id=None, visibilities=frozenset(Visibility), persons=True
    )
    draft = evolve(fact, exposure=evolve(fact.exposure, status=Status.DRAFT))
    heard = everything.reaches(draft.exposed_before) and not fact.is_personal
    assert told_as(draft, everything) is (Told.WITHDRAWN if heard else None)


@given(headings, audiences)
def test_only_the_kinds_that_are_wanted_are_told(
    fact: Heading, audience: Audience
) -> None:
    told = told_as(fact, audience)
    if told and audience.event_types is not None:
        assert told_type(fact, told) in audience.event_types
    anything = evolve(audience, event_types=None)
    if told is None and (would := told_as(fact, anything)):
        assert audience.event_types is not None
        assert told_type(fact, would) not in audience.event_types


#: Nothing else changes while an event is deleted, nor as it goes or comes back.
lives = st.lists(st.tuples(exposures, st.booleans()), min_size=1, max_size=6).map(
    lambda told: [
        evolve(exposure, deleted=deleted)
        for exposure, is_deleted_then in told
        for deleted in ((False, True, True, False) if is_deleted_then else (False,))
    ]
)


@given(lives, audiences)
def test_a_subscriber_hears_first_that_it_is_there_and_last_that_it_is_not(
    life: list[Exposure], audience: Audience
) -> None:
    """Whatever becomes of an event: what is told makes sense to who hears all of it."""
    audience = evolve(audience, tenant_id=None, scope=None, event_types=None)
    knows = False
    for before, after in zip([None, *life], life, strict=False):
        kind = "event.updated" if before else "event.created"
        if before and before.deleted != after.deleted:
            kind = "event.deleted" if after.deleted else "event.restored"
        fact = evolve(UPDATED, event_type=kind, exposed_before=before, exposure=after)
        told = told_as(fact, audience)
        match told and told_type(fact, told):
            case "event.created":
                assert not knows
                knows = True
            case "event.withdrawn" | "event.deleted":
                assert knows
                knows = False
            case "event.restored":
                assert not knows
                knows = True
            case "event.updated":
                assert knows
        assert knows == audience.reaches(after)


def test_the_kinds_that_are_made_up_have_their_published_names() -> None:
    assert told_type(UPDATED, Told.CREATED) == CREATED == "event.created"
    assert told_type(UPDATED, Told.WITHDRAWN) == WITHDRAWN == "event.withdrawn"
    assert told_type(UPDATED, Told.ITSELF) == "event.updated"


@given(audiences, st.sampled_from([HERE, THERE]), st.sampled_from([SHE, ANOTHER]))
def test_a_test_is_told_to_her_who_is_tested_and_to_nobody_else(
    audience: Audience, tenant_id: TenantId, tested: UUID
) -> None:
    fact = SubscriptionHeading(
        tenant_id=tenant_id, event_type=TEST, subscription_id=tested
    )
    named = evolve(audience, event_types=frozenset({TEST}))
    for asked in (audience, named):
        assert told_as(fact, asked, SHE) is (Told.ITSELF if tested == SHE else None)
        assert told_as(fact, asked) is None


@given(audiences, st.sampled_from([HERE, THERE]), st.sampled_from([SHE, ANOTHER]))
def test_that_somebody_was_disabled_is_told_in_her_tenant_to_who_named_it(
    audience: Audience, tenant_id: TenantId, disabled: UUID
) -> None:
    fact = SubscriptionHeading(
        tenant_id=tenant_id, event_type=DISABLED, subscription_id=disabled
    )
    assert told_as(fact, audience, SHE) is None
    named = evolve(audience, event_types=frozenset({DISABLED}))
    is_there = named.tenant_id in {None, tenant_id}
    is_all = named.scope in {None, Scope.of_tenant(tenant_id)}
    told = Told.ITSELF if is_there and is_all else None
    assert told_as(fact, named, SHE) is told_as(fact, named) is told
