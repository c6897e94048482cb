"""Strategies for what nobody should send, at every place of a request."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_from_bytes
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from events_core.testing.strategies import hostile_texts
from tests.contract.service.caller import SOON

EVENT = "{event}"
USER = "{user}"

#: Every route: method, path, and what would be a sound query and body.
ROUTES: tuple[tuple[str, str, Mapping[str, Any], Mapping[str, Any] | None], ...] = (
    (
        "GET",
        "",
        {
            "from": "2031-01-01",
            "to": "2031-12-31T00:00:00+02:00",
            "scope_type": "COMMUNITY",
            "scope_id": str(uuid4()),
            "visibility": "public,private",
            "status": "draft,published",
            "event_type": "game",
            "rsvp": "going,none",
            "mine": "true",
            "q": "chess",
            "limit": "10",
            "offset": "3",
            "cursor": "e30",
            "total": "false",
        },
        None,
    ),
    (
        "POST",
        "",
        {},
        {
            "title": "Chess",
            "description": "Bring a board",
            "eventType": "game",
            "scopeType": "TENANT",
            "scopeId": None,
            "status": "draft",
            "visibility": "public",
            "startsAt": SOON,
            "endsAt": "2031-05-05T21:00:00+00:00",
            "timeZone": "Europe/Berlin",
            "allDay": False,
            "locationText": "The park",
            "locationUrl": "https://example.org/park",
            "locationGeo": {"lat": 52.5, "lng": 13.4},
            "gameId": "chess",
            "metadata": {"a": [1, {"b": None}]},
            "idempotencyKey": None,
        },
    ),
    ("GET", "/me", {"scope_type": "TEAM", "scope_id": str(uuid4())}, None),
    ("GET", f"/{EVENT}", {}, None),
    ("HEAD", f"/{EVENT}", {}, None),
    (
        "PATCH",
        f"/{EVENT}",
        {},
        {
            "title": "Chess",
            "description": None,
            "eventType": "game",
            "visibility": "private",
            "startsAt": SOON,
            "endsAt": None,
            "timeZone": "Asia/Kathmandu",
            "allDay": True,
            "locationText": None,
            "locationUrl": None,
            "locationGeo": {"lat": 0, "lng": 0},
            "gameId": "",
            "metadata": {},
            "expectedVersion": None,
        },
    ),
    ("GET", f"/{EVENT}/ics", {}, None),
    (
        "POST",
        f"/{EVENT}/rsvp",
        {},
        {"status": "going", "comment": "We come", "occurrence": None},
    ),
    ("DELETE", f"/{EVENT}/rsvp", {"occurrence": "2031-05-05T19:00"}, None),
    (
        "POST",
        f"/{EVENT}/attendance",
        {},
        {"userId": str(uuid4()), "occurrence": None, "nonce": "n"},
    ),
    ("GET", f"/internal/dsar/users/{USER}/export", {}, None),
    ("POST", f"/internal/dsar/users/{USER}/erase", {}, None),
)
WITH_BODY = tuple(route for route in ROUTES if route[3] is not None)

PREFIXES = ("/api/v1/events", "/api/v1", "/api/v1/events/events")

odd_times = st.sampled_from(
    (
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00",
        "2031-02-30T00:00:00Z",
        "2031-05-05T24:00:00Z",
        "2031-05-05T19:00:60Z",
        "2031-05-05T19:00:00+24:00",
        "2031-05-05T19:00:00-23:59",
        "2031-05-05 19:00:00",
        "2031-05-05",
        "2031-W19-1",
        "20310505T190000Z",
        "２０３１-05-05T19:00:00Z",
        "2031-05-05t19:00:00z",
        "2031-05-05T19:00:00.123456789Z",
        "2031-05-05T19:00:00.1234567890123Z",
        "2199-12-31T23:59:59-12:00",
        "2200-01-01T00:00:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "10000-01-01T00:00:00Z",
        "+002031-05-05T19:00:00Z",
        "-0001-05-05T19:00:00Z",
        "1e9",
        "now",
    )
)
odd_zones = st.sampled_from(
    (
        "",
        "Mars/Olympus",
        "europe/berlin",
        "Europe/Berlin\x00",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "EST5EDT",
        "Factory",
        "UTC+3",
        "Etc/GMT-14",
        "tzdata.zi",
        "A" * 300,
        "Europe/Berlin\ud800",
    )
)
odd_ids = st.sampled_from(
    (
        "",
        "0",
        "null",
        "undefined",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "{7b0d3c1e-0000-7000-8000-0000000000ee}",
        "7b0d3c1e0000700080000000000000ee",
        "urn:uuid:7b0d3c1e-0000-7000-8000-0000000000ee",
        "7b0d3c1e-0000-7000-8000-0000000000eé",
        "７b0d3c1e-0000-7000-8000-0000000000ee",
        " 7b0d3c1e-0000-7000-8000-0000000000ee",
        "7B0D3C1E-0000-7000-8000-0000000000EE",
        "7b0d3c1e-0000-7000-8000-0000000000ee\n",
        "batch",
        "openapi.json",
    )
)
odd_numbers = st.sampled_from(
    (0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400)
) | st.floats(allow_nan=True, allow_infinity=True)

odd_texts = st.one_of(hostile_texts(), odd_times, odd_zones, odd_ids)
odd_values: SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), odd_numbers, odd_texts),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3)
    ),
    max_leaves=5,
)
odd_bytes = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        (
            b"\x00",
            b"\xff\xfe{\x00}\x00",
            b"\xef\xbb\xbf{}",
            b"\xed\xa0\x80",
            b"\xc0\xaf",
            b"a\tb",
            b" ",
            b"x" * 5000,
            b"\xf0\x9f\xa4\xb7",
        )
    ),
)


@composite
def odd_bodies(draw: DrawFn, sound: Mapping[str, Any]) -> bytes:
    """Bodies that were sound, but for some of their members; or never were."""
    fields: dict[str, Any] = dict(sound)
    for name in draw(
        st.lists(st.sampled_from([*sound]), min_size=1, max_size=4, unique=True)
    ):
        how = draw(st.sampled_from(("odd", "odd", "none", "twin")))
        if how == "none":
            fields.pop(name)
        elif how == "twin":
            snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
            fields[snake] = draw(odd_values)
        else:
            fields[name] = draw(odd_values)
    text = json.dumps(fields).encode()
    match draw(st.sampled_from(("whole", "whole", "whole", "twice", "cut", "bytes"))):
        case "twice":
            name = draw(st.sampled_from([*sound]))
            return text[:-1] + b"," + json.dumps({name: None}).encode()[1:]
        case "cut":
            return text[: draw(st.integers(0, len(text)))]
        case "bytes":
            at = draw(st.integers(0, len(text)))
            return text[:at] + draw(odd_bytes) + text[at:]
        case _:
            return text


@composite
def odd_queries(draw: DrawFn, sound: Mapping[str, str]) -> bytes:
    """Queries of sound and odd parameters, or of anything at all."""
    if draw(st.integers(0, 4)) == 0:
        return as_target(draw(odd_bytes))
    names = st.sampled_from([*ROUTES[0][2], "unheard_of"]) | odd_texts
    pairs = [
        *draw(st.lists(st.sampled_from([*sound.items()]), unique=True)),
        *draw(st.lists(st.tuples(names, odd_texts), max_size=3)),
    ]
    return b"&".join(as_query(name) + b"=" + as_query(value) for name, value in pairs)


def as_query(text: str) -> bytes:
    """Return a text percent-encoded, lone surrogates too."""
    return quote_from_bytes(text.encode("utf-8", "surrogatepass")).encode()


def as_target(raw: bytes) -> bytes:
    """Return what of the bytes can stand in the first line of a request."""
    return bytes(byte for byte in raw if 32 < byte < 127)


def as_value(raw: bytes) -> bytes:
    """Return what of the bytes does not end a header."""
    return raw.replace(b"\r", b"").replace(b"\n", b"")


def as_path(template: str, event_id: str, user_id: UUID) -> bytes:
    """Return a route's path about this event and this person."""
    return template.replace(EVENT, event_id).replace(USER, str(user_id)).encode()
