"""What an event was, and why it is to be so again."""

from collections.abc import Mapping
from typing import Any

from adapters.http.errors import DuplicateField, Malformed
from adapters.http.spelling import snake_case
from events_core import EventId, RollBackEvent


def two_versions(query: Mapping[str, Any]) -> tuple[int, int]:
    """Read which versions to compare.

    Raises:
        Malformed: one is missing.
    """
    for name in ("from", "to"):
        if name not in query:
            raise Malformed(name, "must be the number of a version")
    return query["from"], query["to"]


def roll_back_event(
    event_id: EventId, body: Mapping[str, Any], *, expected_version: int | None
) -> RollBackEvent:
    """Read what to bring back."""
    named = body.get("fields")
    return RollBackEvent(
        event_id=event_id,
        version=body["version"],
        fields=None if named is None else frozenset(map(snake_case, named)),
        reason=body.get("changeReason"),
        expected_version=expected_version,
    )


def reason_of(body: Mapping[str, Any] | None) -> str | None:
    """Read why an event is to come to another state.

    Raises:
        DuplicateField: it is given under both of its names.
    """
    given = [name for name in ("reason", "changeReason") if name in (body or {})]
    if len(given) > 1:
        raise DuplicateField("reason")
    return None if body is None or not given else body[given[0]]
