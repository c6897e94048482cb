"""A pass says whose it is, for one event, to those who have the key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.event import Event
from events_core.domain.identity import UserId
from events_core.domain.passes import read_pass, sign_pass
from events_core.testing.builders import a_tenant, an_event
from events_core.testing.strategies import events, people

OLD, NEW = b"o" * 32, b"n" * 32


@given(events(), people())
def test_what_was_signed_is_read_for_its_event_alone(
    event: Event, user_id: UserId
) -> None:
    text = sign_pass(event, user_id, [NEW])
    shown = read_pass(f" {text}\n", event.tenant_id, [NEW])
    assert shown is not None
    assert (shown.user_id, shown.is_for(event)) == (user_id, True)
    assert not shown.is_for(an_event())


@given(events(), people(), st.integers(0, 500), st.sampled_from("AZaz09-_"))
def test_whatever_is_changed_of_it_makes_it_none(
    event: Event, user_id: UserId, place: int, char: str
) -> None:
    text = sign_pass(event, user_id, [NEW])
    place %= len(text) - 1  # the last has bits that say nothing
    changed = text[:place] + char + text[place + 1 :]
    if changed == text:
        return
    try:
        assert read_pass(changed, event.tenant_id, [NEW]) is None
    except ValueError:
        return


def test_keys_change_and_passes_end_with_theirs() -> None:
    event = an_event()
    her = UserId(event.id)
    text = sign_pass(event, her, [OLD])
    assert read_pass(text, event.tenant_id, [NEW, OLD]) is not None
    assert read_pass(text, event.tenant_id, [NEW]) is None
    with pytest.raises(ValueError, match="no pass"):
        read_pass(text, a_tenant(), [OLD])


@pytest.mark.parametrize("text", ["", "EP1", "EP1.", "EP1.é", "EP1.A", "EP2.AAAA"])
def test_what_is_no_pass_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no pass"):
        read_pass(text, a_tenant(), [OLD])
