from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.actors import Viewer
from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.event import Event
from events_core.domain.explanation import Explained, Explanation, explain
from events_core.domain.listing import listing_of
from events_core.domain.permissions import ALL_PERMISSIONS, Action, Permission, Role
from events_core.domain.policies import Policies
from events_core.domain.predicate import holds
from events_core.domain.rulings import Case
from events_core.domain.signup import Signup, Waitlist
from events_core.domain.visibility import visible_to
from events_core.testing.builders import NOW, a_grant, a_person, an_event
from events_core.testing.strategies import events, plain_details, viewers

ACTIONS = {
    Explained.READ: Action.READ,
    Explained.UPDATE: Action.UPDATE,
    Explained.CHECKIN: Action.MARK_ATTENDANCE,
}


def told(explanation: Explanation) -> dict[str, tuple[bool | None, str]]:
    return {r.rule: (r.passed, r.because) for r in explanation.rulings}


def explained(
    event: Event,
    viewer: Viewer,
    action: Explained,
    *,
    known: bool = True,
    tally: Tally | None = None,
    rsvp: Rsvp | None = None,
) -> Explanation:
    """Explain at a time at which the event is not over."""
    at = event.schedule.starts_at - timedelta(minutes=1)
    listing = listing_of(
        event, reader=viewer.roles_as, tally=tally or Tally(), rsvp=rsvp, position=1
    )
    case = Case(event, viewer, known=known)
    return explain(case, listing, action, Policies(), at=at)


@given(events(about=plain_details()), viewers(), st.sampled_from([*ACTIONS]))
def test_it_says_what_the_rules_say(
    event: Event, viewer: Viewer, action: Explained
) -> None:
    explanation = explained(event, viewer, action)
    if holds(visible_to(viewer), event):
        allowed = event.allows(ACTIONS[action], viewer)
        said = told(explanation)
        assert said["permission"][0] is allowed
        if not allowed:
            assert list(said) == ["visibility", "permission"]
    elif holds(visible_to(viewer.if_member_of_all()), event):
        assert explanation.allowed is not True
        assert explanation.rulings[0].because == "membership_unknown"
    else:
        assert explanation.allowed is False
        assert len(explanation.rulings) == 1
    seen = explained(event, viewer, Explained.SEE)
    assert (seen.allowed is True) == holds(visible_to(viewer), event)


@given(events(about=plain_details()), viewers(), st.sampled_from(Explained))
def test_a_no_is_the_last_word_and_everything_reads_as_sentences(
    event: Event, viewer: Viewer, action: Explained
) -> None:
    explanation = explained(event, viewer, action)
    said = [ruling.passed for ruling in explanation.rulings]
    assert False not in said[:-1]
    assert explanation.allowed is (
        False if False in said else None if None in said else True
    )
    for ruling in explanation.rulings:
        assert ruling.sentence.endswith(".")
        assert ruling.sentence in explanation.sentence


@given(events(about=plain_details()), viewers(), st.sampled_from(Explained))
def test_what_could_not_be_asked_is_never_a_no(
    event: Event, viewer: Viewer, action: Explained
) -> None:
    nothing = evolve(viewer, permissions={}, barred=False)
    explanation = explained(event, nothing, action, known=False)
    for ruling in explanation.rulings:
        if ruling.rule == "permission":
            assert ruling.passed in {True, None}
            assert ruling.because in {"role", "unknown"}


def test_each_reason_has_a_name() -> None:
    her = a_person()
    event = an_event(grants=(a_grant(her, Role.EDITOR),))
    viewer = Viewer(event.tenant_id, her)
    assert told(explained(event, viewer, Explained.UPDATE)) == {
        "visibility": (True, "role"),
        "permission": (True, "role"),
        "lifecycle": (True, "published"),
    }
    other = Viewer(event.tenant_id, a_person())
    assert told(explained(event, other, Explained.UPDATE)) == {
        "visibility": (True, "public"),
        "permission": (False, "missing"),
    }
    barred = evolve(viewer, barred=True)
    assert told(explained(event, barred, Explained.UPDATE))["permission"] == (
        False,
        "barred",
    )


@given(events(about=plain_details()), viewers())
def test_of_another_nothing_is_ruled_out_that_she_might_hold(
    event: Event, viewer: Viewer
) -> None:
    her = evolve(viewer, permissions={}, barred=False)
    seen = explained(event, her, Explained.SEE, known=False)
    at_most = evolve(her.if_member_of_all(), permissions={event.scope: ALL_PERMISSIONS})
    if holds(visible_to(her), event):
        assert seen.allowed is True
    elif holds(visible_to(at_most), event):
        assert seen.allowed is None
    else:
        assert seen.allowed is False


TERMS = {
    "anybody": (Signup(), Tally(going=9, seats=9), None),
    "free": (Signup(capacity=3), Tally(going=2, seats=2), None),
    "full": (Signup(capacity=2), Tally(going=2, seats=2), None),
    "line": (
        Signup(capacity=2, waitlist=Waitlist.AUTOMATIC),
        Tally(going=2, seats=2, waiting=4),
        None,
    ),
    "passed over": (Signup(capacity=2), Tally(going=1, seats=1, waiting=1), None),
    "seated": (
        Signup(capacity=2),
        Tally(going=3, seats=3, waiting=1),
        Admission.CONFIRMED,
    ),
    "waiting": (
        Signup(capacity=2),
        Tally(going=2, seats=2, waiting=1),
        Admission.WAITLISTED,
    ),
}
SAID = {
    "anybody": [(True, "unlimited")],
    "free": [(True, "free")],
    "full": [(False, "full")],
    "line": [(True, "waitlist"), (True, "last")],
    "passed over": [(True, "free"), (False, "others_wait")],
    "seated": [(True, "held")],
    "waiting": [(True, "waitlist"), (True, "waits")],
}


@pytest.mark.parametrize("case", TERMS)
def test_of_seats_it_says_whether_there_are_any_and_who_comes_first(case: str) -> None:
    terms, tally, admission = TERMS[case]
    event = an_event(signup=terms)
    viewer = Viewer(
        event.tenant_id,
        a_person(),
        permissions={event.scope: frozenset({Permission.RSVP_SET})},
    )
    going = Rsvp(event.id, event.occurrence, viewer.user_id, Answer.GOING, NOW, NOW)
    rsvp = None if admission is None else evolve(going, admission=admission)
    said = told(explained(event, viewer, Explained.RSVP, tally=tally, rsvp=rsvp))
    assert [said[rule] for rule in ("seats", "queue") if rule in said] == SAID[case]
