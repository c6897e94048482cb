"""What an event was: one entry for each of its versions."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from events_core.domain.change import Cause
from events_core.domain.identity import EventId


@frozen
class Version:
    """One state of an event and how it came about.

    ``snapshot`` has every field that a change can be told of, ``changes`` the old
    and the new value of those that changed; both in their published, JSON form.
    Version 1 changes nothing: it is the beginning.
    """

    event_id: EventId
    number: int
    cause: Cause
    changes: Mapping[str, tuple[Any, Any]]
    snapshot: Mapping[str, Any]
