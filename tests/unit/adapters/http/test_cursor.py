"""The cursor: for its owner, for its list, and for nothing else."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http import cursor as cursors
from adapters.http.cursor import Bookmark, read_cursor, write_cursor
from events_core import Actor, EventId, OccurrenceKey
from events_core.errors import InvalidFields
from events_core.ports.store import PagePosition
from events_core.testing.builders import an_actor, new_uuid
from tests.unit.adapters.http.world import CONTRACT

ACTOR = an_actor()
QUERY = {"from": "2027-04-01", "limit": 2}
BOOKMARK = Bookmark(
    PagePosition(
        datetime(2027, 4, 1, 19, tzinfo=UTC),
        EventId(new_uuid()),
        OccurrenceKey("2027-04-01T19:00"),
    ),
    offset=2,
    total=7,
)

bookmarks = st.builds(
    Bookmark,
    st.builds(
        PagePosition,
        st.datetimes(timezones=st.just(UTC)),
        st.uuids().map(EventId),
        st.from_regex(r"\A[!-~]{1,64}\Z").map(OccurrenceKey),
    ),
    st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
)


def refuses(garbled: str, actor: Actor = ACTOR, /, **query: object) -> bool:
    try:
        read_cursor(garbled, actor=actor, query={**QUERY, **query})
    except InvalidFields as refused:
        return list(refused.fields) == ["cursor"]
    return False


@given(bookmarks)
def test_a_cursor_remembers_its_place(bookmark: Bookmark) -> None:
    cursor = write_cursor(bookmark, actor=ACTOR, query=QUERY)

    assert read_cursor(cursor, actor=ACTOR, query=QUERY) == bookmark
    read, _ = CONTRACT.check("listEvents", f"cursor={cursor}".encode(), b"")
    assert read == {"cursor": cursor}


def test_the_size_of_a_page_and_its_total_may_change_on_the_way() -> None:
    cursor = write_cursor(BOOKMARK, actor=ACTOR, query=QUERY)

    assert not refuses(cursor, limit=9, total=False, cursor=cursor)


@pytest.mark.parametrize(
    "changed", [{"from": "2027-04-02"}, {"to": "2027-04-02"}, {"mine": True}]
)
def test_another_question_has_other_cursors(changed: dict[str, Any]) -> None:
    assert refuses(write_cursor(BOOKMARK, actor=ACTOR, query=QUERY), **changed)


def test_somebody_else_has_other_cursors() -> None:
    cursor = write_cursor(BOOKMARK, actor=ACTOR, query=QUERY)

    assert refuses(cursor, an_actor(ACTOR.tenant_id))
    assert refuses(cursor, an_actor(user_id=ACTOR.user_id))


@given(st.text("abcXYZ019_-", max_size=80))
def test_what_is_garbled_is_refused(text: str) -> None:
    assert refuses(text)


@given(st.data())
def test_no_character_of_it_can_be_changed(data: st.DataObject) -> None:
    cursor = write_cursor(BOOKMARK, actor=ACTOR, query=QUERY)
    raw = bytearray(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))

    assert refuses(urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode())


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {},
        None,
        ["2027-04-01T19:00:00+00:00", str(new_uuid()), "x", 0],
        ["2027-04-01T19:00:00+00:00", str(new_uuid()), "x", -1, None],
        ["2027-04-01T19:00:00+00:00", str(new_uuid()), "x", 0, 1.5],
        ["2027-04-01T19:00:00+00:00", str(new_uuid()), "x", True, 1],
        ["2027-04-01T19:00:00+00:00", str(new_uuid()), "x", 0, 2**60],
        ["2027-04-01T19:00:00+00:00", str(new_uuid()), "\x00", 0, 1],
        ["2027-04-01T19:00:00+00:00", str(new_uuid()), 7, 0, 1],
        ["2027-04-01T19:00:00+00:00", "x", "x", 0, 1],
        ["2027-04-01T19:00:00+00:00", 7, "x", 0, 1],
        ["0001-01-01T00:00:00+14:00", str(new_uuid()), "x", 0, 1],
        ["x", str(new_uuid()), "x", 0, 1],
        [7, str(new_uuid()), "x", 0, 1],
    ],
)
def test_one_that_somebody_made_up_does_no_harm(payload: object) -> None:
    text = orjson.dumps(payload)
    raw = cursors._seal(text, ACTOR, QUERY) + text

    assert refuses(urlsafe_b64encode(raw).rstrip(b"=").decode())
