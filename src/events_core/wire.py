"""The published form of facts, and the JSON that histories and exports are made of.

A fact is one flat JSON object, snake_case, with exactly the documented keys
(``docs/reference/facts.md``). It is stored as it will be sent; only the position is
added at delivery. The same fact always gives the same text.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from attrs import fields
from cattrs import Converter

from events_core.domain.change import Change
from events_core.domain.event import Event, changed_fields, public_fields
from events_core.domain.facts import (
    AttendanceMarked,
    AttendanceUnmarked,
    EventArchived,
    EventCancelled,
    EventCompleted,
    EventCreated,
    EventDeleted,
    EventPostponed,
    EventPublished,
    EventRestored,
    EventUpdated,
    Fact,
    RsvpChanged,
    SubscriptionDisabled,
    SubscriptionTested,
    WaitlistPromoted,
)
from events_core.domain.history import Version
from events_core.domain.publication import CREATED, WITHDRAWN, Told

#: Every kind of fact, by its published name.
FACTS: Mapping[str, type[Fact]] = {
    kind.event_type: kind
    for kind in (
        EventCreated,
        EventUpdated,
        EventPublished,
        EventPostponed,
        EventCancelled,
        EventCompleted,
        EventArchived,
        EventDeleted,
        EventRestored,
        RsvpChanged,
        WaitlistPromoted,
        AttendanceMarked,
        AttendanceUnmarked,
        SubscriptionTested,
        SubscriptionDisabled,
    )
}

_COMMON = (
    "message_id",
    "event_type",
    "schema_version",
    "tenant_id",
    "event_id",
    "event_version",
    "occurred_at",
    "scope_type",
    "scope_id",
    "visibility",
    "status",
    "title",
)
_RENAMED = {"answer": "status"}
_NOT_PUBLISHED = {"deleted", "exposed_before", "scope"}


def timestamp(moment: datetime) -> str:
    """Return an instant as RFC 3339 in UTC, with ``Z`` and as precise as it is."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(datetime, timestamp)
    converter.register_unstructure_hook(UUID, str)
    converter.register_unstructure_hook(Enum, lambda member: member.value)
    return converter


_json = _converter()


def published_form(fact: Fact) -> dict[str, Any]:
    """Return a fact as the JSON object that is published, without its position.

    The members are in a fixed order, the common ones first; those that say something
    of an event are null where there is none.
    """
    said = {name: getattr(fact, name, None) for name in _COMMON}
    said |= {"scope_type": fact.scope.kind, "scope_id": fact.scope.id}
    common = {name: as_json(value) for name, value in said.items()}
    own = {
        _RENAMED.get(f.name, f.name): as_json(getattr(fact, f.name))
        for f in fields(type(fact))
        if f.name not in common and f.name not in _NOT_PUBLISHED
    }
    return {**common, **own}


def published_text(fact: Fact) -> str:
    """Return a fact as the JSON text that is stored and sent."""
    return as_text(published_form(fact))


def told_text(
    stored: str,
    told: Told,
    position: int,
    *,
    snapshot: Mapping[str, Any] | None = None,
    created_by: str | None = None,
) -> str:
    """Return the text of a stored fact as it is told to one subscriber.

    ``snapshot`` is what the history has of the event after the change, and
    ``created_by`` who made it; they are needed, and used, for ``CREATED`` alone.

    Raises:
        ValueError: an event without a snapshot is to be told as created.
    """
    if told is Told.ITSELF:
        return f'{stored[:-1]},"position":{position}}}'
    form = {name: json.loads(stored)[name] for name in _COMMON}
    form["schema_version"] = Fact.schema_version
    if told is Told.WITHDRAWN:
        form["event_type"] = WITHDRAWN
        del form["title"]
    else:
        if snapshot is None:
            raise ValueError("nothing is known any more of the event")
        form["event_type"] = CREATED
        form |= {name: snapshot[name] for name in ("starts_at", "ends_at")}
        form["created_by"] = created_by
    return as_text({**form, "position": position})


def as_text(form: Mapping[str, Any]) -> str:
    """Return a published form as its one JSON text."""
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def as_json(value: object) -> Any:  # noqa: ANN401 (JSON has no one type)
    """Return a domain value as what JSON has: instants in UTC, ids as texts."""
    return _json.unstructure(value)


def version_of(change: Change[Event]) -> Version:
    """Return the history's entry for a change of an event."""
    after = change.after
    if after is None:
        raise ValueError("an event that is gone has no further version")
    changes = changed_fields(change.before, after) if change.before else {}
    return Version(
        event_id=after.id,
        number=after.version,
        cause=change.cause,
        changes={
            name: (as_json(old), as_json(new)) for name, (old, new) in changes.items()
        },
        snapshot={name: as_json(value) for name, value in public_fields(after).items()},
    )
