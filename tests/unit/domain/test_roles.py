from datetime import datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.identity import Scope, UserId
from events_core.domain.permissions import Role
from events_core.domain.roles import Bearer, Grant, Holder, Sharing
from events_core.errors import InvalidFields, LastOwner, PermissionDenied
from events_core.testing.builders import NOW, a_person, a_team, an_event
from events_core.testing.strategies import COMMUNITIES, PEOPLE

MOST = 4
LATER = NOW + timedelta(hours=1)
owner, other, third, *_ = PEOPLE

holders = st.sampled_from((*PEOPLE, *COMMUNITIES))
steps = st.tuples(
    st.sampled_from(("give", "take", "transfer")),
    st.sampled_from(PEOPLE),
    holders,
    st.sampled_from(Role),
    st.sampled_from((None, LATER, NOW)),
)


def a_sharing() -> Sharing:
    event = an_event(created_by=owner)
    return Sharing(event.id, event.grants)


def role(
    holder: Holder, role: Role, *, by: UserId = owner, until: datetime | None = None
) -> Grant:
    return evolve(Grant(holder, role, NOW, granted_by=by), expires_at=until)


@given(st.lists(steps, max_size=12))
def test_whatever_happens_one_person_owns_the_event_and_each_holder_has_one_role(
    taken: list[tuple[str, UserId, Holder, Role, datetime | None]],
) -> None:
    sharing = a_sharing()
    model: dict[Holder, tuple[Role, datetime | None]] = {owner: (Role.OWNER, None)}
    for what, by, holder, which, until in taken:
        after = dict(model)
        match what:
            case "take":
                after.pop(holder, None)
            case "give":
                after[holder] = (which, until)
            case _:
                after[holder] = (which, until)
                after.pop(by, None)
        try:
            match what:
                case "take":
                    sharing = sharing.taken(holder)
                case "give":
                    new = role(holder, which, by=by, until=until)
                    sharing = sharing.given(new, most=MOST)
                case _:
                    new = role(holder, which, by=by, until=until)
                    sharing = sharing.transferred(new, most=MOST)
        except (LastOwner, InvalidFields, PermissionDenied):
            continue
        model = after
        assert {g.holder: (g.role, g.expires_at) for g in sharing.grants} == model
        assert len(sharing.grants) == len(model) <= MOST
        assert any(
            which is Role.OWNER and until is None and not isinstance(who, Scope)
            for who, (which, until) in model.items()
        )


def test_the_last_owner_stays_whatever_becomes_of_others() -> None:
    team = a_team()
    shared = a_sharing().given(role(team, Role.OWNER), most=MOST)
    shared = shared.given(role(other, Role.OWNER, until=LATER), most=MOST)
    with pytest.raises(LastOwner):
        shared.taken(owner)
    with pytest.raises(LastOwner):
        shared.given(role(owner, Role.EDITOR, by=other), most=MOST)
    with pytest.raises(LastOwner):
        shared.given(role(owner, Role.OWNER, by=other, until=LATER), most=MOST)
    lasting = shared.given(role(other, Role.OWNER), most=MOST)
    assert lasting.taken(owner).of(owner) is None


def test_an_event_nobody_owns_any_more_can_be_given_to_somebody() -> None:
    nobodys = evolve(a_sharing(), grants=(role(third, Role.VIEWER),))
    assert nobodys.taken(third).grants == ()
    assert nobodys.given(role(third, Role.OWNER, by=other), most=MOST).of(third)


def test_nobody_gives_herself_a_role() -> None:
    with pytest.raises(PermissionDenied):
        a_sharing().given(role(owner, Role.OWNER, by=owner), most=MOST)


def test_the_same_role_again_changes_nothing_and_stays_the_creators() -> None:
    sharing = a_sharing()
    assert sharing.given(role(owner, Role.OWNER, by=other), most=MOST) is sharing
    assert sharing.taken(a_person()) is sharing


def test_an_ownership_is_passed_on_by_who_has_it_to_one_person_for_good() -> None:
    passed = a_sharing().transferred(role(other, Role.OWNER), most=1)
    assert [grant.holder for grant in passed.grants] == [other]
    with pytest.raises(PermissionDenied):
        a_sharing().transferred(role(other, Role.OWNER, by=third), most=MOST)
    for wrong in (
        role(other, Role.EDITOR),
        role(a_team(), Role.OWNER),
        role(other, Role.OWNER, until=LATER),
    ):
        with pytest.raises(InvalidFields):
            a_sharing().transferred(wrong, most=MOST)


def test_so_many_roles_and_no_more() -> None:
    full = a_sharing().given(role(other, Role.VIEWER), most=2)
    with pytest.raises(InvalidFields):
        full.given(role(third, Role.VIEWER), most=2)
    assert full.given(role(other, Role.EDITOR), most=2).of(other)


def test_a_role_that_has_ended_takes_no_place_and_passes_nothing_on() -> None:
    shared = a_sharing().given(role(other, Role.OWNER, until=LATER), most=2)
    late = evolve(role(third, Role.VIEWER), granted_at=LATER)
    after = shared.given(late, most=2)
    assert {grant.holder for grant in after.grants} == {owner, third}
    heir = evolve(role(third, Role.OWNER, by=other), granted_at=LATER)
    with pytest.raises(PermissionDenied):
        shared.transferred(heir, most=MOST)
    just_before = evolve(heir, granted_at=LATER - timedelta(seconds=1))
    assert shared.transferred(just_before, most=MOST).of(other) is None


def test_a_role_is_held_until_it_ends_and_not_at_its_end() -> None:
    team = a_team()
    ending = role(team, Role.VIEWER, until=LATER)
    member = Bearer(other, frozenset({team}), NOW)
    assert ending.is_held_by(member)
    assert not ending.is_held_by(evolve(member, at=LATER))
    assert not ending.is_held_by(Bearer(other, frozenset({team})))
    assert not ending.is_held_by(evolve(member, groups=frozenset({a_team()})))
