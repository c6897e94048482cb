"""What goes into an event comes out of its calendar file, read by another parser."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events_core.testing.strategies import (
    descriptions,
    location_texts,
    titles,
    web_addresses,
)
from tests.contract.service.caller import Person
from tests.contract.service.wired import InProcess

ANNA = Person()


async def file_of(here: InProcess, event_id: str) -> httpx.Response:
    answer = await here.caller.ask("GET", f"/{event_id}/ics", by=ANNA)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    return answer


async def entry(here: InProcess, event_id: str) -> vobject.base.Component:
    """Return the one entry of the file."""
    calendar = vobject.readOne((await file_of(here, event_id)).text)
    [component] = calendar.components()
    assert component.name == "VEVENT"
    return component


async def patch(here: InProcess, event_id: str, **fields: object) -> dict[str, Any]:
    answer = await here.caller.ask("PATCH", f"/{event_id}", fields, by=ANNA.as_admin())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@given(
    title=titles(),
    description=st.none() | descriptions(),
    location=st.none() | location_texts(),
    url=st.none() | web_addresses(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_text_breaks_out_of_its_place(
    here: InProcess,
    title: str,
    description: str | None,
    location: str | None,
    url: str | None,
) -> None:
    event = await here.caller.create(
        by=ANNA,
        title=title,
        description=description,
        locationText=location,
        locationUrl=url,
    )
    answer = await file_of(here, event["id"])
    calendar = vobject.readOne(answer.text)
    [component] = calendar.components()
    contents = {
        name: [line.value for line in lines]
        for name, lines in component.contents.items()
    }
    expected = {
        "summary": event["title"],
        "description": event["description"],
        "location": event["locationText"],
        "url": event["locationUrl"],
    }
    assert {name: contents.pop(name, [None]) for name in expected} == {
        name: [text] for name, text in expected.items()
    }
    assert contents.keys() == {
        "uid",
        "dtstamp",
        "last-modified",
        "created",
        "sequence",
        "status",
        "dtstart",
        "categories",
    }
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert answer.headers["content-disposition"].isascii()


async def test_an_event_is_the_same_one_for_ever_and_dated_by_its_last_change(
    here: InProcess,
) -> None:
    event = await here.caller.create(by=ANNA)
    for number in range(3):
        file = await entry(here, event["id"])
        changed_at = datetime.fromisoformat(event["updatedAt"]).replace(microsecond=0)
        assert file.uid.value == f"urn:uuid:{event['id']}"
        assert file.dtstamp.value == file.last_modified.value == changed_at
        assert file.created.value == datetime.fromisoformat(event["createdAt"]).replace(
            microsecond=0
        )
        event = await patch(here, event["id"], title=f"Renamed {number}")
    again = [await file_of(here, event["id"]) for _ in range(2)]
    assert again[0].content == again[1].content
    told = {"If-None-Match": again[0].headers["etag"]}
    answer = await here.caller.ask("GET", f"/{event['id']}/ics", by=ANNA, headers=told)
    assert (answer.status_code, answer.content) == (304, b"")


#: One change after the other, and by how much SEQUENCE rises (RFC 5546, 2.1.4).
CHANGES: tuple[tuple[Mapping[str, Any], int], ...] = (
    ({"title": "Another"}, 0),
    ({"description": "New", "locationText": "There", "gameId": "go"}, 0),
    ({"visibility": "private"}, 0),
    ({"locationUrl": "https://example.org"}, 0),
    ({"startsAt": "2031-05-05T18:00:00Z"}, 1),
    ({"startsAt": "2031-05-05T20:00:00+02:00"}, 0),
    ({"endsAt": "2031-05-05T20:00:00Z"}, 1),
    ({"endsAt": None}, 1),
    ({"timeZone": "Etc/UTC"}, 0),
    ({"timeZone": "Europe/Berlin"}, 1),
    ({"allDay": True}, 1),
    ({"allDay": True, "title": "Another again"}, 0),
    ({"startsAt": "2031-06-06T00:00:00", "title": "Once more"}, 1),
)


async def test_the_sequence_rises_with_what_calendars_must_notice(
    here: InProcess,
) -> None:
    event = await here.caller.create(by=ANNA, startsAt="2031-05-05T17:00:00Z")
    sequence = 0
    for fields, rise in CHANGES:
        await patch(here, event["id"], **fields)
        sequence += rise
        file = await entry(here, event["id"])
        assert int(file.sequence.value) == sequence, fields
    assert file.dtstart.value == date(2031, 6, 6)
    assert file.dtend.value == date(2031, 6, 7)


async def test_times_come_out_as_the_instants_they_are(here: InProcess) -> None:
    event = await here.caller.create(
        by=ANNA,
        startsAt="2031-10-26T02:30:00",
        endsAt="2031-10-26T03:30:00",
        timeZone="Europe/Berlin",
    )
    file = await entry(here, event["id"])
    assert file.dtstart.value == datetime(2031, 10, 26, 0, 30, tzinfo=UTC)
    assert file.dtend.value - file.dtstart.value == timedelta(hours=2)
    assert file.status.value == "CONFIRMED"


NO_WEB_ADDRESSES = (
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox",
    "file:///etc/passwd",
    "ftp://example.org",
    "mailto:a@example.org",
    "//example.org",
    "example.org",
    "http:",
    "http://",
    "http:///path",
    "https:example.org",
    "http://user@example.org",
    "http://user:secret@example.org",
    "http://exa mple.org",
    "http://example.org/\r\nX: y",
    "http://example.org/\x00",
    "http://example.org\\@evil.example",
    "http://example.org:port",
    "http://пример.рф",
    "\u202ehttp://example.org",
    "http://example.org/" + "x" * 2_000,
)


@pytest.mark.parametrize("address", NO_WEB_ADDRESSES)
async def test_a_location_is_a_web_address_or_refused(
    here: InProcess, address: str
) -> None:
    anna = Person().as_admin()
    body = {"title": "Chess", "startsAt": "2031-05-05T17:00:00Z"}
    event = await here.caller.create(by=anna)
    before = await here.place.counts()
    for method, path, given_ in (
        ("POST", "/", {**body, "locationUrl": address}),
        ("PATCH", f"/{event['id']}", {"locationUrl": address}),
        ("PATCH", f"/{event['id']}", {"location_url": address, "title": "New"}),
    ):
        answer = await here.caller.ask(method, path, given_, by=anna)
        assert answer.status_code == 422
        assert answer.json()["error"]["details"]["fields"].keys() == {"locationUrl"}
    after = await here.place.counts()
    assert (after["event"], after["event_version"], after["outbox"]) == (
        before["event"],
        before["event_version"],
        before["outbox"],
    )
    shown = (await here.caller.ask("GET", f"/{event['id']}", by=anna)).json()
    assert shown == event


@pytest.mark.parametrize("address", ["http://example.org", "HTTPS://[::1]:80/a?b#c"])
async def test_a_web_address_stays_as_it_was_given(
    here: InProcess, address: str
) -> None:
    event = await here.caller.create(by=ANNA, locationUrl=f" {address} ")
    assert event["locationUrl"] == address
