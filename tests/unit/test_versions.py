"""Versions of an event: what each says of what changed."""

import json
from datetime import datetime

import pytest
from attrs import evolve
from hypothesis import given

from events_core.domain.change import Cause, Change
from events_core.domain.details import Details, EventType, Geo
from events_core.domain.event import Event
from events_core.domain.revision import Revision
from events_core.domain.schedule import Schedule
from events_core.errors import IllegalTransition, Invalid
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_message_id,
    an_event,
    arrival_of,
)
from events_core.testing.strategies import events, revisions
from events_core.wire import as_json, version_of
from tests.unit.test_wire import HER


def make_event() -> Event:
    return evolve(
        an_event(),
        details=Details.of(
            title="Chess",
            description="Bring\na board",
            event_type=EventType.GAME,
            location_text="Here",
            location_url="https://example.org",
            location_geo=Geo(52.5, 13.4),
            game_id="chess",
            metadata={"a": [1, {"b": None}]},
        ),
        schedule=Schedule.of(datetime(2027, 3, 21, 19, 0), zone="Europe/Berlin"),
    )


class TestVersions:
    def test_the_first_is_the_beginning(self) -> None:
        event = make_event()
        change = arrival_of(event, Cause(HER, NOW))
        version = version_of(change)
        assert (version.event_id, version.number) == (event.id, 1)
        assert version.cause == Cause(HER, NOW)
        assert version.changes == {}
        assert version.snapshot == {
            "title": "Chess",
            "description": "Bring\na board",
            "event_type": "game",
            "location_text": "Here",
            "location_url": "https://example.org",
            "location_geo": {"lat": 52.5, "lng": 13.4},
            "game_id": "chess",
            "metadata": {"a": [1, {"b": None}]},
            "capacity": None,
            "waitlist": "none",
            "guests_per_answer": 0,
            "signup_opens_at": None,
            "signup_deadline": None,
            "walk_ins": True,
            "starts_at": "2027-03-21T18:00:00Z",
            "ends_at": None,
            "time_zone": "Europe/Berlin",
            "all_day": False,
            "visibility": "public",
            "status": "published",
            "deleted_at": None,
        }

    def test_each_has_the_old_and_the_new_of_what_changed(self) -> None:
        event = make_event()
        change = event.revise(
            Revision(
                title="Go", location_geo=None, starts_at=datetime(2027, 3, 28, 19, 0)
            ),
            cause=a_cause(),
            message_id=a_message_id(),
        )
        version = version_of(change)
        assert version.number == 2
        assert version.changes == {
            "title": ("Chess", "Go"),
            "location_geo": ({"lat": 52.5, "lng": 13.4}, None),
            "starts_at": ("2027-03-21T18:00:00Z", "2027-03-28T17:00:00Z"),
        }

    @given(events(), revisions())
    def test_all_of_it_is_json(self, event: Event, revision: Revision) -> None:
        changes: list[Change[Event]] = [arrival_of(event)]
        try:
            change = event.revise(revision, cause=a_cause(), message_id=a_message_id())
        except (IllegalTransition, Invalid):
            return
        changes.extend([change] if change.happened else [])
        for version in map(version_of, changes):
            told = {
                "snapshot": dict(version.snapshot),
                "changes": {name: [*pair] for name, pair in version.changes.items()},
            }
            assert json.loads(json.dumps(told, allow_nan=False)) == told

    def test_what_is_gone_has_none(self) -> None:
        with pytest.raises(ValueError, match="gone"):
            version_of(Change(make_event(), None, a_cause()))


def test_a_place_in_json_is_an_object() -> None:
    assert as_json(Geo(1.5, 2)) == {"lat": 1.5, "lng": 2}
