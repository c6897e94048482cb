"""One event as a calendar file."""

import unicodedata
from urllib.parse import quote

import events_core
from adapters.http.etags import etag, is_known
from adapters.http.handling import Answer, Call, Operation
from adapters.http.routes.targets import event_in
from events_core.ical import calendar_file

_CALENDAR = "text/calendar; charset=utf-8"


async def get_calendar_file(call: Call) -> Answer:
    """Answer 200 with the file, or 304 to whoever has it."""
    listing = await events_core.get_event(call.core, call.actor, event_in(call))
    file = calendar_file(listing)
    tag = etag(listing.version, file.body)
    headers = (("ETag", tag), ("Content-Disposition", attachment(file.filename)))
    if is_known(tag, call.headers):
        return Answer(304, media_type=None, headers=headers[:1])
    return Answer(200, file.body, media_type=_CALENDAR, headers=headers)


def attachment(filename: str) -> str:
    """Return a Content-Disposition for a file of any name (RFC 6266, 5).

    Whoever does not know ``filename*`` gets what of the name is ASCII.
    """
    stem, dot, suffix = filename.rpartition(".")
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    plain = "".join(char for char in plain if char.isalnum() or char in " ._-").strip()
    fallback = f"{plain or 'event'}{dot}{suffix}"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(filename)}"


OPERATIONS = (
    Operation(
        "GET",
        "/events/{event_id}/ics",
        "getCalendarFile",
        get_calendar_file,
    ),
)
