"""Listings, from what hangs on one occurrence."""

from datetime import datetime
from functools import lru_cache

from sqlalchemy import case, func, literal_column, select

from adapters.postgres.rows.members import (
    ADMISSION,
    ANSWER,
    EVENT_TYPE,
    ROLE,
    STATUS,
    VISIBILITY,
    WAITLIST,
    Row,
    scope_of,
)
from adapters.postgres.tables import event, occurrence, rsvp, tally
from events_core.domain.answers import Admission, Answer, Tally
from events_core.domain.details import Geo
from events_core.domain.listing import Listing
from events_core.domain.signup import Signup

_ahead = rsvp.alias("ahead")
# Counted only where the reader waits, over those who wait before her.
POSITION = case(
    (
        rsvp.c.admission == literal_column("'waitlisted'"),
        select(func.count())
        .where(
            _ahead.c.tenant_id == rsvp.c.tenant_id,
            _ahead.c.event_id == rsvp.c.event_id,
            _ahead.c.occurrence_key == rsvp.c.occurrence_key,
            _ahead.c.admission == literal_column("'waitlisted'"),
            _ahead.c.turn <= rsvp.c.turn,
        )
        .correlate(rsvp)
        .scalar_subquery(),
    )
)

LISTING_COLUMNS = (
    event.c.event_id,
    event.c.tenant_id,
    event.c.scope_kind,
    event.c.scope_id,
    occurrence.c.occurrence_key,
    event.c.title,
    event.c.description,
    event.c.event_type,
    event.c.status,
    event.c.visibility,
    occurrence.c.starts_at,
    occurrence.c.ends_at,
    occurrence.c.lasts_until,
    event.c.time_zone,
    event.c.all_day,
    event.c.location_text,
    event.c.location_url,
    event.c.location_lat,
    event.c.location_lng,
    event.c.game_id,
    event.c.metadata,
    event.c.capacity,
    event.c.waitlist,
    event.c.guests_per_answer,
    event.c.signup_opens_at,
    event.c.signup_deadline,
    event.c.walk_ins,
    event.c.created_by,
    event.c.created_at,
    event.c.updated_at,
    event.c.deleted_at,
    event.c.version,
    event.c.sequence,
    tally.c.interested,
    tally.c.going,
    tally.c.not_going,
    tally.c.waiting,
    tally.c.seats,
    rsvp.c.answer,
    rsvp.c.admission,
    POSITION,
)


def listing_from(row: Row) -> Listing:
    """Return the listing of a row of ``LISTING_COLUMNS`` and the reader's roles."""
    (
        event_id, tenant_id, scope_kind, scope_id, occurrence_key, title, description,
        event_type, status, visibility, starts_at, ends_at, lasts_until, time_zone,
        all_day, location_text, location_url, lat, lng, game_id, metadata, capacity,
        waitlist, guests_per_answer, signup_opens_at, signup_deadline, walk_ins,
        created_by, created_at, updated_at, deleted_at, version, sequence, interested,
        going, not_going, waiting, seats, answer, admission, position, roles,
    ) = row  # fmt: skip
    return Listing(
        event_id,
        tenant_id,
        scope_of(scope_kind, scope_id),
        occurrence_key,
        title,
        description,
        EVENT_TYPE[event_type],
        STATUS[status],
        VISIBILITY[visibility],
        starts_at,
        ends_at,
        lasts_until,
        time_zone,
        all_day,
        location_text,
        location_url,
        None if lat is None else Geo(lat, lng),
        game_id,
        metadata,
        _signup(
            capacity,
            waitlist,
            guests_per_answer,
            signup_opens_at,
            signup_deadline,
            walk_ins,
        ),
        created_by,
        created_at,
        updated_at,
        deleted_at,
        version,
        sequence,
        _tally(interested, going, not_going, waiting, seats),
        _shown(answer, admission),
        None if admission is None else ADMISSION[admission],
        position,
        tuple(ROLE[role] for role in ROLE if role in roles) if roles else (),
    )


# Most events have the same terms as many others, and counts that many have. They
# cannot change, so one will do for all.
_tally = lru_cache(4096)(Tally)


@lru_cache(4096)
def _signup(  # noqa: PLR0917 - by position, as it is looked up
    capacity: int | None,
    waitlist: str,
    guests_per_answer: int,
    opens_at: datetime | None,
    deadline: datetime | None,
    walk_ins: bool,  # noqa: FBT001
) -> Signup:
    return Signup(
        capacity=capacity,
        waitlist=WAITLIST[waitlist],
        guests_per_answer=guests_per_answer,
        opens_at=opens_at,
        deadline=deadline,
        walk_ins=walk_ins,
    )


_WAITLISTED = Admission.WAITLISTED.value


def _shown(answer: str | None, admission: str | None) -> Answer | None:
    """Return what ``Rsvp.shown`` says of a row's answer."""
    if admission == _WAITLISTED:
        return Answer.INTERESTED
    return None if answer is None else ANSWER[answer]
