from collections.abc import Callable
from math import inf, nan
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given

from events_core.domain.details import Details, Geo
from events_core.errors import InvalidFields
from events_core.testing.strategies import (
    details,
    hostile_texts,
    json_objects,
    places_on_earth,
)


def details_of(**fields: object) -> Details:
    make: Callable[..., Details] = Details.of
    return make(**{"title": "Chess", **fields})


def problems(**fields: object) -> set[str]:
    with pytest.raises(InvalidFields) as refused:
        details_of(**fields)
    return set(refused.value.fields)


def test_every_broken_field_is_named_at_once() -> None:
    assert problems(
        title=" ",
        description="\x00",
        location_text="x" * 256,
        location_url="javascript:alert(1)",
        location_geo=Geo(91, 0),
        game_id="\n",
        metadata={"a": nan},
    ) == {
        "title",
        "description",
        "location_text",
        "location_url",
        "location_geo",
        "metadata",
    }


def test_blank_optional_text_is_none_at_all() -> None:
    blank = Details.of(
        title="Chess", description=" \n", location_text="", location_url=" ", game_id=""
    )
    assert blank == Details("Chess")


@pytest.mark.parametrize(
    ("name", "longest"),
    [("title", 255), ("description", 20_000), ("location_text", 255), ("game_id", 128)],
)
def test_texts_have_their_lengths(name: str, longest: int) -> None:
    kept = details_of(**{name: "x" * longest})
    assert getattr(kept, name) == "x" * longest
    assert problems(**{name: "x" * (longest + 1)}) == {name}


@pytest.mark.parametrize(
    ("lat", "lng"),
    [(90.1, 0), (-90.1, 0), (0, 180.1), (0, -180.1), (nan, 0), (0, nan), (inf, 0)],
)
def test_a_place_off_the_globe_is_refused(lat: float, lng: float) -> None:
    assert problems(location_geo=Geo(lat, lng)) == {"location_geo"}


@given(places_on_earth())
def test_a_place_on_the_globe_is_kept(geo: Geo) -> None:
    assert Details.of(title="Chess", location_geo=geo).location_geo == geo


def nested(levels: int) -> dict[str, Any]:
    return {"a": nested(levels - 1)} if levels > 1 else {}


class TestMetadata:
    @pytest.mark.parametrize(
        "metadata",
        [
            [],
            "text",
            7,
            nested(6),
            {"a": [[[[[]]]]]},
            {"a": "x" * 16_384},
            {"a": "ß" * 8_192},
            {"a": nan},
            {"a": inf},
            {"a": 2**63},
            {"a": -(2**63) - 1},
            {"a": "\x00"},
            {"a\x00": 1},
            {"a": "\ud800"},
            {"\udfff": 1},
            {1: "a"},
            {"a": {1, 2}},
            {"a": b"bytes"},
        ],
    )
    def test_what_is_no_small_shallow_json_object_is_refused(
        self, metadata: object
    ) -> None:
        assert problems(metadata=metadata) == {"metadata"}

    @pytest.mark.parametrize(
        "metadata",
        [
            {},
            nested(5),
            {"a": [[[[]]]]},
            {"a": "x" * (16_384 - 8)},
            {"a": 2**63 - 1, "b": -(2**63), "c": 5e-324, "d": None, "e": True},
            {"\x01": "\x1f\u2028\u202e"},
        ],
    )
    def test_any_other_is_kept(self, metadata: dict[str, Any]) -> None:
        assert Details.of(title="Chess", metadata=metadata).metadata == metadata

    @given(json_objects())
    def test_it_is_a_copy_of_ones_own(self, metadata: dict[str, Any]) -> None:
        kept = Details.of(title="Chess", metadata=metadata).metadata
        assert kept == metadata
        metadata["changed"] = "later"
        assert kept != metadata

    def test_whatever_mapping_or_sequence_it_was_it_is_plain_json(self) -> None:
        odd = MappingProxyType({"a": (1, MappingProxyType({"b": ()}))})
        kept = Details.of(title="Chess", metadata=odd).metadata
        assert kept == {"a": [1, {"b": []}]}

    def test_what_refers_to_itself_is_refused(self) -> None:
        endless: dict[str, Any] = {}
        endless["a"] = endless
        assert problems(metadata=endless) == {"metadata"}


@given(details())
def test_details_made_of_their_own_fields_are_the_same(one: Details) -> None:
    again = Details.of(
        title=one.title,
        description=one.description,
        event_type=one.event_type,
        location_text=one.location_text,
        location_url=one.location_url,
        location_geo=one.location_geo,
        game_id=one.game_id,
        metadata=one.metadata,
    )
    assert again == one


@given(hostile_texts())
def test_no_text_breaks_any_field(text: str) -> None:
    names = ("title", "description", "location_text", "location_url", "game_id")
    try:
        details_of(**dict.fromkeys(names, text))
    except InvalidFields as refused:
        broken = refused
        assert set(broken.fields) <= set(names)


def test_a_search_looks_through_title_description_and_location() -> None:
    event = Details.of(
        title="Schach",
        description="Straße",
        location_text="CAFÉ",
        game_id="hidden",
        location_url="https://hidden.example",
    )
    assert event.searchable == "schach\nstrasse\ncafé"
