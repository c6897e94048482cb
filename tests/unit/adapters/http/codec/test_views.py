"""Views as JSON: nothing is lost, and it is what the contract promises."""

from collections import UserDict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.codec import commands, views
from adapters.http.schema import load
from events_core import Answer, CreateEvent, Tally, UserId
from events_core.domain.answers import Rsvp
from events_core.domain.event import Event
from events_core.domain.listing import Listing, listing_of
from events_core.domain.roles import Bearer
from events_core.testing import strategies
from events_core.testing.builders import a_person, an_event
from tests.unit.adapters.http.world import CONTRACT, check_against

DOCUMENT = load()


def shown(listing: Listing) -> dict[str, Any]:
    """Return the JSON of an event, once it has been to the wire and back."""
    read: dict[str, Any] = orjson.loads(views.dump(views.event(listing)))
    return read


def seen(event: Event, answer: Answer | None = None) -> Listing:
    """Return the event as its creator sees it, or somebody."""
    reader, at = event.created_by or a_person(), event.updated_at
    rsvp = None
    if answer is not None:
        rsvp = Rsvp(event.id, event.occurrence, reader, answer, at, at)
    return listing_of(event, reader=Bearer(reader), tally=Tally(1, 2, 3), rsvp=rsvp)


@given(strategies.events())
def test_every_event_is_shown_as_promised(event: Event) -> None:
    told = shown(seen(event))

    check_against(DOCUMENT, {"$ref": "#/components/schemas/Event"}, told)
    assert set(told) == set(DOCUMENT.components["schemas"]["Event"]["properties"])
    assert told["metadata"] == orjson.loads(orjson.dumps(event.details.metadata))
    assert told["title"] == event.details.title
    assert datetime.fromisoformat(told["startsAt"]) == event.schedule.starts_at


@given(strategies.events())
def test_what_is_shown_makes_the_same_event_again(event: Event) -> None:
    told = shown(seen(event))
    if told["status"] not in {"draft", "published"}:
        return
    _, body = CONTRACT.check("createEvent", b"", orjson.dumps(told))

    command = commands.create_event(body, seed=event.id)

    details, schedule, signup = event.details, event.schedule, event.signup
    assert command == CreateEvent(
        id=event.id,
        scope=event.scope,
        title=details.title,
        description=details.description,
        event_type=details.event_type,
        visibility=event.visibility,
        status=event.status,
        starts_at=schedule.starts_at,
        ends_at=schedule.ends_at,
        time_zone=schedule.zone,
        all_day=schedule.all_day,
        location_text=details.location_text,
        location_url=details.location_url,
        location_geo=details.location_geo,
        game_id=details.game_id,
        metadata=details.metadata,
        capacity=signup.capacity,
        waitlist=signup.waitlist,
        guests_per_answer=signup.guests_per_answer,
        signup_opens_at=signup.opens_at,
        signup_deadline=signup.deadline,
        walk_ins=signup.walk_ins,
    )


@pytest.mark.parametrize("answer", [None, *Answer])
def test_my_answer_and_all_counts_are_there(answer: Answer | None) -> None:
    told = shown(seen(an_event(), answer))

    assert told["rsvpCounts"] == {
        "interested": 1,
        "going": 2,
        "notGoing": 3,
        "not_going": 3,
    }
    assert told["myRsvp"] == (answer and answer.value)
    assert told["myAdmission"] == ("confirmed" if answer is Answer.GOING else None)


def test_a_drivers_own_types_are_written_too() -> None:
    class DriversUuid(UUID):
        """As of a driver that has a faster one of its own."""

    own = UserId(DriversUuid(str(uuid4())))
    listing = evolve(seen(an_event()), created_by=own, metadata=UserDict({"a": [1]}))
    told = shown(listing)
    assert told["createdBy"] == str(own)
    assert told["metadata"] == {"a": [1]}


def test_what_has_no_form_on_the_wire_is_not_made_up() -> None:
    with pytest.raises(TypeError):
        views.dump({"a": object()})


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))
def test_instants_end_in_z(when: datetime) -> None:
    told = shown(evolve(seen(an_event()), updated_at=when, deleted_at=when))

    assert told["updatedAt"].endswith("Z")
    assert told["deletedAt"] == told["updatedAt"]
