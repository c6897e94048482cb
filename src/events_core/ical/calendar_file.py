"""One event as a calendar file that any calendar takes in, and takes in again.

The same listing always gives the same bytes: nothing of the moment of asking is in
them, so that a repeated import changes nothing and an ETag holds.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen
from icalendar import Calendar, Event, vGeo, vText, vUri

from events_core.domain.exposure import Status
from events_core.domain.listing import Listing

PRODUCT = "-//events-core//EN"

# RFC 5545, 3.8.1.11, knows three; what is postponed has no time it will be at.
_STATUS = {
    Status.DRAFT: "TENTATIVE",
    Status.PUBLISHED: "CONFIRMED",
    Status.POSTPONED: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.COMPLETED: "CONFIRMED",
    Status.ARCHIVED: "CONFIRMED",
}


@frozen
class CalendarFile:
    """A file of type ``text/calendar; charset=utf-8`` and a name for it.

    The name is the event's title, any script, with ``.ics``; whoever puts it in a
    header encodes it (RFC 6266).
    """

    body: bytes
    filename: str


def calendar_file(listing: Listing) -> CalendarFile:
    """Return the event as an iCalendar object of method PUBLISH.

    The UID is ``urn:uuid:`` and the event's id (RFC 7986, 5.3) for ever. DTSTAMP and
    LAST-MODIFIED are the instant of the last change. Times are in UTC, an all-day
    event's are dates, and DTEND is the day after its last (RFC 5545, 3.6.1). It
    names nobody: not who plans, not who comes (RFC 5546, 3.2.1, forbids attendees).
    """
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add_component(_event(listing))
    return CalendarFile(calendar.to_ical(), _filename(listing.title))


def _event(listing: Listing) -> Event:
    event = Event()
    event.add("UID", f"urn:uuid:{listing.id}")
    event.add("DTSTAMP", _to_the_second(listing.updated_at))
    event.add("LAST-MODIFIED", _to_the_second(listing.updated_at))
    event.add("CREATED", _to_the_second(listing.created_at))
    event.add("SEQUENCE", listing.sequence)
    event.add("STATUS", _STATUS[listing.status])
    _add_times(event, listing)
    event["SUMMARY"] = vText(listing.title)
    if listing.description:
        event["DESCRIPTION"] = vText(listing.description)
    if listing.location_text:
        event["LOCATION"] = vText(listing.location_text)
    if listing.location_url:
        event["URL"] = vUri(listing.location_url)
    if listing.location_geo:
        event["GEO"] = vGeo((listing.location_geo.lat, listing.location_geo.lng))
    event["CATEGORIES"] = vText(listing.event_type.value)
    return event


def _add_times(event: Event, listing: Listing) -> None:
    if listing.all_day:
        zone = ZoneInfo(listing.time_zone)
        event.add("DTSTART", listing.starts_at.astimezone(zone).date())
        event.add("DTEND", listing.lasts_until.astimezone(zone).date())
        return
    event.add("DTSTART", listing.starts_at)
    if listing.ends_at is not None:
        event.add("DTEND", listing.ends_at)


def _to_the_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _filename(title: str) -> str:
    name = "".join(char if char.isalnum() or char in " ._-" else "-" for char in title)
    return f"{name.strip(' .-')[:80] or 'event'}.ics"
