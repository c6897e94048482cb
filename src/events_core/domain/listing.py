"""How an event looks to somebody: what lists and details show, ready to read.

A listing is flat and made to be read, many at a time; decisions are taken on the
aggregates. It is one occurrence of an event, with the reader's own answer and roles.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.details import EventType, Geo
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import (
    EventId,
    OccurrenceKey,
    Scope,
    TenantId,
    UserId,
)
from events_core.domain.permissions import Role
from events_core.domain.roles import Bearer
from events_core.domain.signup import Signup

_MINUTES_A_DAY = 24 * 60


@frozen(slots=False)  # with slots, making one would take twice as long
class Listing:
    """One occurrence as one person sees it. Instants are aware, in UTC.

    The fields of the event are those of ``Event`` and its parts. ``tally``,
    ``my_answer`` and ``my_roles`` are as of the read that made the listing. A reader
    who waits is shown as interested, as ``Rsvp.shown`` says; ``my_position`` is her
    place in the line, from 1. ``displaced`` are those whom the change that returned
    the listing moved to the waiting list.
    """

    id: EventId
    tenant_id: TenantId
    scope: Scope
    occurrence: OccurrenceKey
    title: str
    description: str | None
    event_type: EventType
    status: Status
    visibility: Visibility
    starts_at: datetime
    ends_at: datetime | None
    lasts_until: datetime
    time_zone: str
    all_day: bool
    location_text: str | None
    location_url: str | None
    location_geo: Geo | None
    game_id: str | None
    metadata: Mapping[str, Any] | None
    signup: Signup
    created_by: UserId | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
    sequence: int
    tally: Tally
    my_answer: Answer | None
    my_admission: Admission | None
    my_position: int | None
    my_roles: tuple[Role, ...]
    displaced: tuple[UserId, ...] = ()

    @property
    def duration_minutes(self) -> int | None:
        """Whole minutes from start to end; None where no end was given."""
        if self.ends_at is None:
            return None
        lasting = self.ends_at - self.starts_at
        return lasting.days * _MINUTES_A_DAY + lasting.seconds // 60


def listing_of(
    event: Event,
    *,
    reader: Bearer,
    tally: Tally,
    rsvp: Rsvp | None,
    position: int | None = None,
) -> Listing:
    """Return the event's occurrence as the reader sees it.

    ``position`` is the reader's on the waiting list, if she is on it.
    """
    details, schedule = event.details, event.schedule
    roles = {grant.role for grant in event.grants if grant.is_held_by(reader)}
    return Listing(
        id=event.id,
        tenant_id=event.tenant_id,
        scope=event.scope,
        occurrence=event.occurrence,
        title=details.title,
        description=details.description,
        event_type=details.event_type,
        status=event.status,
        visibility=event.visibility,
        starts_at=schedule.starts_at,
        ends_at=schedule.ends_at,
        lasts_until=schedule.lasts_until,
        time_zone=schedule.zone,
        all_day=schedule.all_day,
        location_text=details.location_text,
        location_url=details.location_url,
        location_geo=details.location_geo,
        game_id=details.game_id,
        metadata=details.metadata,
        signup=event.signup,
        created_by=event.created_by,
        created_at=event.created_at,
        updated_at=event.updated_at,
        deleted_at=event.deleted_at,
        version=event.version,
        sequence=event.sequence,
        tally=tally,
        my_answer=rsvp.shown if rsvp else None,
        my_admission=rsvp.admission if rsvp else None,
        my_position=position,
        my_roles=tuple(role for role in Role if role in roles),
    )
