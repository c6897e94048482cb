"""A stored fact, as it is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.event import Event
from events_core.domain.publication import Told
from events_core.testing.builders import an_event, arrival_of
from events_core.testing.strategies import events
from events_core.wire import published_form, published_text, told_text


@given(events(), st.integers(1, 2**62))
def test_a_fact_is_told_as_it_is_stored_and_with_its_position(
    event: Event, position: int
) -> None:
    [fact] = arrival_of(event).facts
    told = told_text(published_text(fact), Told.ITSELF, position)
    assert json.loads(told) == {**published_form(fact), "position": position}
    assert told.startswith(published_text(fact)[:-1])


def test_what_is_withdrawn_says_nothing_of_it() -> None:
    [fact] = arrival_of(an_event(title="Secret plans")).facts
    told = told_text(published_text(fact), Told.WITHDRAWN, 7)
    assert "Secret" not in told
    common = published_form(fact)
    for name in ("title", "starts_at", "ends_at", "created_by"):
        del common[name]
    expected = {**common, "event_type": "event.withdrawn", "position": 7}
    assert json.loads(told) == expected


def test_what_is_created_later_has_the_keys_of_what_is_created_at_once() -> None:
    event = an_event()
    [fact] = arrival_of(event).facts
    stored = published_text(fact)
    form = published_form(fact)
    told = told_text(
        stored.replace("event.created", "event.updated"),
        Told.CREATED,
        3,
        snapshot={"starts_at": form["starts_at"], "ends_at": form["ends_at"]},
        created_by=form["created_by"],
    )
    assert json.loads(told) == {**form, "position": 3}


def test_an_event_of_which_nothing_is_known_cannot_be_told_as_created() -> None:
    [fact] = arrival_of(an_event()).facts
    with pytest.raises(ValueError, match="nothing is known"):
        told_text(published_text(fact), Told.CREATED, 1)
