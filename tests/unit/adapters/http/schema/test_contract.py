"""What comes in: folded, read strictly, and refused with a reason one can act on."""

import json
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.errors import (
    BodyTooLarge,
    DuplicateField,
    EdgeError,
    InvalidJson,
    Malformed,
)
from adapters.http.routes import OPERATIONS
from adapters.http.schema import load
from adapters.http.schema.parsing import DEEPEST, parse
from adapters.http.spelling import snake_case
from events_core.errors import InvalidFields
from tests.unit.adapters.http.world import CONTRACT

NEW = {"title": "Chess", "startsAt": "2027-04-01T19:00:00Z"}
OPERATION_IDS = [operation.operation_id for operation in OPERATIONS]
SCHEMAS = load().components["schemas"]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(max_size=5), parts),
    max_leaves=20,
)


def check_new(body: object) -> dict[str, Any]:
    return dict(CONTRACT.check("createEvent", b"", orjson.dumps(body))[1])


def check_or_refuse(
    operation_id: str, query: bytes, body: bytes
) -> dict[str, Any] | None:
    """Return the body that is read; None where it was refused, with a reason."""
    try:
        _, read = CONTRACT.check(operation_id, query, body)
    except (EdgeError, InvalidFields) as refused:
        reason = str(refused)
    else:
        return dict(read or {})
    assert reason
    return None


@given(st.sampled_from(OPERATION_IDS), st.binary(), st.binary())
def test_no_bytes_at_all_make_it_fail(
    operation_id: str, query: bytes, body: bytes
) -> None:
    check_or_refuse(operation_id, query, body)


@given(
    st.sampled_from(OPERATION_IDS),
    st.dictionaries(
        st.sampled_from(
            [
                *SCHEMAS["EventCreate"]["properties"],
                *map(snake_case, SCHEMAS["EventCreate"]["properties"]),
                *SCHEMAS["RsvpSet"]["properties"],
                "userId",
                "x",
            ]
        ),
        json_values | st.sampled_from(["TENANT", "going", NEW["startsAt"]]),
    ),
)
def test_no_json_makes_it_fail(operation_id: str, body: dict[str, Any]) -> None:
    try:
        text = orjson.dumps(body)
    except orjson.JSONEncodeError:
        return
    read = check_or_refuse(operation_id, b"", text)
    assert set(read or {}) <= {*map(camel, body)}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@given(st.sampled_from(OPERATION_IDS), st.lists(st.tuples(st.text(), st.text())))
def test_no_query_makes_it_fail(
    operation_id: str, pairs: list[tuple[str, str]]
) -> None:
    query = urlencode(
        [
            (name.encode("utf-8", "replace"), v.encode("utf-8", "replace"))
            for name, v in pairs
        ]
    ).encode()
    check_or_refuse(operation_id, query, b"")


@given(st.data())
def test_either_spelling_of_each_field_reads_the_same(data: st.DataObject) -> None:
    body: dict[str, Any] = {**NEW, "allDay": True, "metadata": {"starts_at": 1}}
    body |= {"locationText": "x", "timeZone": "UTC", "locationGeo": None}
    spelled = {
        snake_case(name) if data.draw(st.booleans()) else name: value
        for name, value in body.items()
    }
    assert check_new(spelled) == body


@given(st.integers(1, 250))
def test_a_whole_number_may_come_with_a_fraction_of_nothing(number: int) -> None:
    written = {**NEW, "capacity": float(number), "metadata": {"kept": float(number)}}
    body = orjson.dumps({"events": [written], "first": float(number)})
    (event,) = CONTRACT.check("createEvents", b"", body)[1]["events"]
    assert type(event["capacity"]) is int
    assert event["capacity"] == number
    assert type(event["metadata"]["kept"]) is float
    first = CONTRACT.check("promoteWaiting", b"", body)[1]["first"]
    assert (type(first), first) == (int, number)


@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x % 1))
def test_a_fraction_is_no_whole_number(number: float) -> None:
    with pytest.raises(InvalidFields, match="capacity"):
        check_new({**NEW, "capacity": number})


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values))
def test_metadata_is_never_looked_into(metadata: dict[str, Any]) -> None:
    try:
        body = orjson.dumps({**NEW, "metadata": metadata})
    except orjson.JSONEncodeError:
        return
    read = CONTRACT.check("createEvent", b"", body)[1]
    assert read["metadata"] == orjson.loads(body)["metadata"]


@given(json_values)
def test_what_is_json_is_read_as_it_is(value: object) -> None:
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return
    assert parse(text) == orjson.loads(text)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, DEEPEST - 1))
def test_a_member_twice_is_found_at_any_depth(name: str, depth: int) -> None:
    member = orjson.dumps(name) + b":1"
    body = b"[" * depth + b"{" + member + b"," + member + b"}" + b"]" * depth

    with pytest.raises(DuplicateField) as refused:
        parse(body)
    assert refused.value.name == name


@given(st.text("[]{}:\\\"'ab\n\u2028"))
def test_what_looks_like_structure_inside_texts_is_none(text: str) -> None:
    assert parse(orjson.dumps({text: [text * 40]})) == {text: [text * 40]}


@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_depth_is_bounded_and_counted_before_reading(bracket: bytes) -> None:
    closing = b"]" if bracket == b"[" else b"}"
    bottom = b"1"
    just = bracket * DEEPEST + bottom + closing * DEEPEST
    assert parse(just) == json.loads(just)
    with pytest.raises(BodyTooLarge):
        parse(bracket + just + closing)
    with pytest.raises(BodyTooLarge):
        parse(bracket * 100_000)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert parse(b"[" + b",".join([b"[{}]"] * 1000) + b"]") == [[{}]] * 1000


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"NaN",
        b'{"a":Infinity}',
        b'{"a":1e999}',
        b"{'a':1}",
        b'{"a":1,}',
        b"\xff",
        b'"\\ud800"',
        b"\xef\xbb\xbf{}",
        b'"' + b'\\"' * 130_000,
        b"\x00",
        b"1 2",
    ],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        parse(body)


def test_a_body_that_is_needed_and_not_there_is_malformed() -> None:
    for operation_id in ("createEvent", "updateEvent", "setRsvp", "markAttendance"):
        with pytest.raises(InvalidJson):
            CONTRACT.check(operation_id, b"", b"")


@pytest.mark.parametrize("body", [[], "x", 1, None, True])
def test_a_body_is_an_object(body: object) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_new(body)
    assert refused.value.fields == {"body": ("must be a JSON object",)}


@pytest.mark.parametrize(
    ("given", "name", "problem"),
    [
        ({"title": None}, "title", "must be a text that is not empty"),
        (
            {"startsAt": "x"},
            "startsAt",
            "must be an RFC 3339 time, with an offset or without",
        ),
        ({"scopeId": "x"}, "scopeId", "must be a UUID or null"),
        ({"allDay": 1}, "allDay", "must be true or false or null"),
        (
            {"visibility": "x"},
            "visibility",
            "must be one of public, community, team, private or null",
        ),
        (
            {"locationUrl": "x"},
            "locationUrl",
            "must be an http or https URL of printable ASCII characters or null",
        ),
        (
            {"locationGeo": {"lat": 1, "lng": 181}},
            "locationGeo",
            (
                "must be an object with lat (a number from -90 to 90), "
                "lng (a number from -180 to 180) or null"
            ),
        ),
        ({"metadata": 1}, "metadata", "must be an object or null"),
    ],
)
def test_problems_are_told_so_that_a_person_understands(
    given: dict[str, Any], name: str, problem: str
) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_new({**NEW, **given})
    assert refused.value.fields == {name: (problem,)}


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidFields) as refused:
        check_new({"allDay": "x", "eventType": 3})
    assert set(refused.value.fields) == {"title", "startsAt", "allDay", "eventType"}
    assert refused.value.fields["title"] == ("is required",)


def test_a_query_is_read_by_the_types_of_its_parameters() -> None:
    query, _ = CONTRACT.check(
        "listEvents",
        b"scope_type=TEAM&eventType=game,other&limit=20&total=false&q=a+%D0%B1",
        b"",
    )
    assert query == {
        "scopeType": "TEAM",
        "eventType": ["game", "other"],
        "limit": 20,
        "total": False,
        "q": "a б",
    }


def test_what_no_parameter_is_called_is_refused_by_name() -> None:
    with pytest.raises(InvalidFields) as refused:
        CONTRACT.check("getEvent", b"expand=1&x", b"")
    assert set(refused.value.fields) == {"expand", "x"}


@pytest.mark.parametrize("query", [b"q=%ff", b"\xd0\xb1", b"&".join([b"q=1"] * 60)])
def test_a_query_that_cannot_be_read_is_malformed(query: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        CONTRACT.check("listEvents", query, b"")
    assert refused.value.code == "INVALID_QUERY"
