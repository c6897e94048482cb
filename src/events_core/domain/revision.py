"""What somebody wants to change of an event: a value for each field she names."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from attrs import fields, frozen

from events_core.domain.details import EventType, Geo
from events_core.domain.exposure import Visibility
from events_core.domain.signup import Waitlist


class Unset(Enum):
    """The type of ``UNSET``: a field that is not to be changed."""

    UNSET = "UNSET"


UNSET: Final = Unset.UNSET
UnsetType: TypeAlias = Literal[Unset.UNSET]


@frozen(kw_only=True)
class Revision:
    """New values for the fields that can be changed; None clears an optional one.

    ``starts_at`` and ``ends_at`` are wall time in the event's zone where naive (in
    ``time_zone`` where that is given too), instants where aware. A new ``time_zone``
    alone keeps the wall times; a new ``starts_at`` alone takes the end along, and the
    deadline. ``signup_opens_at`` and ``signup_deadline`` are read like ``starts_at``.
    """

    title: str | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    event_type: EventType | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    starts_at: datetime | UnsetType = UNSET
    ends_at: datetime | None | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    all_day: bool | UnsetType = UNSET
    location_text: str | None | UnsetType = UNSET
    location_url: str | None | UnsetType = UNSET
    location_geo: Geo | None | UnsetType = UNSET
    game_id: str | None | UnsetType = UNSET
    metadata: Mapping[str, Any] | None | UnsetType = UNSET
    capacity: int | None | UnsetType = UNSET
    waitlist: Waitlist | UnsetType = UNSET
    guests_per_answer: int | UnsetType = UNSET
    signup_opens_at: datetime | None | UnsetType = UNSET
    signup_deadline: datetime | None | UnsetType = UNSET
    walk_ins: bool | UnsetType = UNSET

    def only(self, names: Collection[str]) -> "Revision":
        """Return what it changes of the fields of these names."""
        return Revision(**{n: v for n, v in self.given().items() if n in names})

    def given(self) -> dict[str, Any]:
        """Return the fields that are to be changed, by name."""
        values = ((a.name, getattr(self, a.name)) for a in fields(Revision))
        return {name: value for name, value in values if value is not UNSET}
