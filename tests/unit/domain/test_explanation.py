from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.actors import Viewer
from events_core.domain.event import Event
from events_core.domain.explanation import Explained, Explanation, explain
from events_core.domain.permissions import Action, Role
from events_core.domain.predicate import holds
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


@given(events(about=plain_details()), viewers(), st.sampled_from([*ACTIONS]))
def test_it_says_what_the_rules_say(
    event: Event, viewer: Viewer, action: Explained
) -> None:
    explanation = explain(event, viewer, action, at=NOW)
    if holds(visible_to(viewer), event):
        assert explanation.allowed is event.allows(ACTIONS[action], viewer)
    elif holds(visible_to(viewer.if_member_of_all()), event):
        assert explanation.allowed is not True
        assert explanation.rulings[0].because == "membership_unknown"
    else:
        assert explanation.allowed is False
        assert len(explanation.rulings) == 1
    seen = explain(event, viewer, Explained.SEE, at=NOW)
    assert (seen.allowed is True) == holds(visible_to(viewer), event)


@given(events(about=plain_details()), viewers(), st.sampled_from(Explained))
def test_a_no_is_the_last_word_and_everything_reads_as_sentences(
    event: Event, viewer: Viewer, action: Explained
) -> None:
    explanation = explain(event, viewer, action, at=NOW)
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
    explanation = explain(event, nothing, action, at=NOW, permissions_known=False)
    for ruling in explanation.rulings:
        if ruling.rule == "permission":
            assert ruling.passed in {True, None}
            assert ruling.because in {"role", "unknown"}


def test_each_reason_has_a_name() -> None:
    her = a_person()
    event = an_event(grants=(a_grant(her, Role.EDITOR),))
    viewer = Viewer(event.tenant_id, her)
    assert told(explain(event, viewer, Explained.UPDATE, at=NOW)) == {
        "visibility": (True, "role"),
        "permission": (True, "role"),
    }
    other = Viewer(event.tenant_id, a_person())
    assert told(explain(event, other, Explained.UPDATE, at=NOW)) == {
        "visibility": (True, "public"),
        "permission": (False, "missing"),
    }
    barred = evolve(viewer, barred=True)
    assert told(explain(event, barred, Explained.UPDATE, at=NOW))["permission"] == (
        False,
        "barred",
    )
