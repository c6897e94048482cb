"""The rule, told by examples. The oracle and the store's contract have every case."""

from attrs import evolve
from hypothesis import assume, given

from events_core.domain.actors import Viewer
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import Scope
from events_core.domain.permissions import Permission, Role
from events_core.domain.predicate import holds
from events_core.domain.visibility import on_view_to, visible_to
from events_core.testing.builders import NOW, a_grant, a_person, a_team, an_event
from events_core.testing.strategies import events, viewers

MANAGE = frozenset({Permission.EVENT_MANAGE})


def sees(viewer: Viewer, event: Event) -> bool:
    return holds(visible_to(viewer), event)


def stranger(event: Event) -> Viewer:
    return Viewer(event.tenant_id, a_person())


def member(event: Event) -> Viewer:
    return evolve(stranger(event), member_of=frozenset({event.scope}))


def manager(event: Event) -> Viewer:
    return evolve(stranger(event), permissions={event.scope: MANAGE})


def holder(event: Event, role: Role) -> tuple[Viewer, Event]:
    her = a_person()
    grants = (*event.grants, a_grant(her, role))
    return Viewer(event.tenant_id, her), evolve(event, grants=grants)


def test_everybody_sees_a_public_event() -> None:
    assert sees(stranger(an_event()), an_event())


def test_members_see_an_event_of_their_team_and_nobody_else_does() -> None:
    event = an_event(visibility=Visibility.TEAM)
    assert sees(member(event), event)
    assert not sees(stranger(event), event)
    elsewhere = evolve(stranger(event), member_of=frozenset({a_team()}))
    assert not sees(elsewhere, event)


def test_a_team_is_no_community_of_the_same_id() -> None:
    event = an_event(visibility=Visibility.TEAM)
    namesake = Scope(
        an_event(visibility=Visibility.COMMUNITY).scope.kind, event.scope.id
    )
    assert not sees(evolve(stranger(event), member_of=frozenset({namesake})), event)


def test_an_undecided_membership_is_none() -> None:
    event = an_event(visibility=Visibility.COMMUNITY)
    viewer = evolve(stranger(event), undecided=frozenset({event.scope}))
    assert not sees(viewer, event)
    assert sees(viewer.if_member_of_all(), event)


def test_a_role_on_an_event_shows_it() -> None:
    for visibility in Visibility:
        for role in Role:
            viewer, event = holder(an_event(visibility=visibility), role)
            assert sees(viewer, event)


def test_a_private_event_is_not_for_members_nor_for_managers() -> None:
    event = an_event(visibility=Visibility.PRIVATE, scope=a_team())
    assert not sees(member(event), event)
    assert not sees(manager(event), event)


def test_hidden_ones_are_for_editors_and_for_those_who_manage_what_they_would_see() -> (
    None
):
    draft = an_event(visibility=Visibility.TEAM, status=Status.DRAFT)
    deleted = an_event(visibility=Visibility.TEAM, deleted_at=NOW)
    for event in (draft, deleted):
        assert not sees(member(event), event)
        assert not sees(manager(event), event)
        assert sees(evolve(manager(event), member_of=frozenset({event.scope})), event)
        for role in Role:
            viewer, shared = holder(event, role)
            assert sees(viewer, shared) == (role in {Role.OWNER, Role.EDITOR})


def test_managing_elsewhere_shows_no_draft() -> None:
    draft = an_event(status=Status.DRAFT)
    viewer = evolve(stranger(draft), permissions={a_team(): MANAGE})
    assert not sees(viewer, draft)


def test_who_created_it_is_nobody_special() -> None:
    event = an_event(visibility=Visibility.PRIVATE)
    her = event.created_by
    assert her is not None
    viewer = Viewer(event.tenant_id, her)
    assert sees(viewer, event)
    assert not sees(viewer, evolve(event, grants=()))


@given(events(), viewers())
def test_on_view_the_rule_says_the_same_with_less(event: Event, viewer: Viewer) -> None:
    assume(event.status is not Status.DRAFT and event.deleted_at is None)
    assert holds(on_view_to(viewer), event) == sees(viewer, event)
