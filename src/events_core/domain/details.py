"""What an event is about: the fields that people write for people to read."""

import json
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from attrs import frozen

from events_core.domain.text import FieldProblems, TextRule, fold, web_address

TITLE = TextRule(longest=255, shortest=1)
DESCRIPTION = TextRule(longest=20_000, lines=True)
LOCATION_TEXT = TextRule(longest=255)
GAME_ID = TextRule(longest=128)
LOCATION_URL_LONGEST = 2_000
METADATA_LONGEST = 16 * 1024
METADATA_DEEPEST = 5


class EventType(StrEnum):
    """What kind of event it is."""

    MEETUP = "meetup"
    GAME = "game"
    TOURNAMENT = "tournament"
    WORKSHOP = "workshop"
    TRAINING = "training"
    MEETING = "meeting"
    SOCIAL = "social"
    VOLUNTEERING = "volunteering"
    WEBINAR = "webinar"
    CONFERENCE = "conference"
    OTHER = "other"


@frozen
class Geo:
    """A place on the globe, in degrees (WGS 84)."""

    lat: float
    lng: float


@frozen
class Details:
    """The descriptive fields, cleaned and checked; build them with ``of``.

    ``metadata`` is a copy of the caller's own JSON object, carried and never looked
    into. Treat it as frozen.
    """

    title: str
    description: str | None = None
    event_type: EventType = EventType.OTHER
    location_text: str | None = None
    location_url: str | None = None
    location_geo: Geo | None = None
    game_id: str | None = None
    metadata: Mapping[str, Any] | None = None

    @classmethod
    def of(
        cls,
        *,
        title: str,
        description: str | None = None,
        event_type: EventType = EventType.OTHER,
        location_text: str | None = None,
        location_url: str | None = None,
        location_geo: Geo | None = None,
        game_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return the details, cleaned. Blank optional text is none at all.

        Raises:
            InvalidFields: names every field that breaks its rule.
        """
        problems = FieldProblems()
        details = cls(
            title=problems.checked("title", lambda: TITLE.clean(title), ""),
            description=problems.checked(
                "description", lambda: DESCRIPTION.clean_optional(description), None
            ),
            event_type=event_type,
            location_text=problems.checked(
                "location_text",
                lambda: LOCATION_TEXT.clean_optional(location_text),
                None,
            ),
            location_url=problems.checked(
                "location_url", lambda: _optional_url(location_url), None
            ),
            location_geo=problems.checked(
                "location_geo", lambda: _checked_geo(location_geo), None
            ),
            game_id=problems.checked(
                "game_id", lambda: GAME_ID.clean_optional(game_id), None
            ),
            metadata=problems.checked(
                "metadata", lambda: _checked_metadata(metadata), None
            ),
        )
        problems.raise_if_any()
        return details

    @property
    def searchable(self) -> str:
        """What a search looks through: title, description and location, folded."""
        return fold(
            "\n".join(
                part
                for part in (self.title, self.description, self.location_text)
                if part
            )
        )


def _optional_url(text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    return web_address(text.strip(), longest=LOCATION_URL_LONGEST)


def _checked_geo(geo: Geo | None) -> Geo | None:
    if geo is not None and not (-90 <= geo.lat <= 90 and -180 <= geo.lng <= 180):
        raise ValueError("must have lat in -90..90 and lng in -180..180")
    return geo


def _checked_metadata(metadata: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if metadata is None:
        return None
    if not isinstance(metadata, Mapping):
        raise ValueError("must be a JSON object")
    copy: dict[str, Any] = _plain_json(metadata, METADATA_DEEPEST)
    size = len(json.dumps(copy, ensure_ascii=False, separators=(",", ":")).encode())
    if size > METADATA_LONGEST:
        raise ValueError(f"must be at most {METADATA_LONGEST} bytes of JSON")
    return copy


def _plain_json(value: object, levels_left: int) -> Any:  # noqa: ANN401 (JSON)
    """Return a copy that nobody else holds, if it is JSON."""
    match value:
        case None | bool():
            return value
        case str():
            return _json_text(value)
        case int():
            if not -(2**63) <= value < 2**63:
                raise ValueError("must not hold integers beyond 64 bits")
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError("must not hold infinite numbers")
            return value
        case Mapping() | list() | tuple() if levels_left == 0:
            raise ValueError(f"must be at most {METADATA_DEEPEST} levels deep")
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise ValueError("must have texts for keys")
            return {
                _json_text(key): _plain_json(item, levels_left - 1)
                for key, item in value.items()
            }
        case list() | tuple():
            return [_plain_json(item, levels_left - 1) for item in value]
        case _:
            raise ValueError("must hold nothing but JSON")


def _json_text(text: str) -> str:
    # PostgreSQL stores no U+0000, and UTF-8 has no lone surrogates.
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("must not contain NUL or lone surrogates")
    return text
