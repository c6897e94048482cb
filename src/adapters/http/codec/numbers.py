"""Numbers, as JSON and as tables."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from adapters.http.codec.commands import list_events
from adapters.http.codec.times import stamp
from adapters.http.codec.views import Json
from events_core import By, Counted, EventType, Line, Numbers, Summary, SumUp


def sum_up(query: Mapping[str, Any], *, whole: bool) -> SumUp:
    """Read what to sum up; ``whole`` where no limit means no page.

    Raises:
        Malformed: a bound that is no time, or ``scope_id`` alone.
    """
    asked = list_events(query)
    return SumUp(
        window=asked.window,
        scope=asked.scope,
        scope_kind=asked.scope_kind,
        visibilities=asked.visibilities,
        statuses=asked.statuses,
        event_types=asked.event_types,
        by=By(query.get("by", By.EVENT_TYPE)),
        zone=query.get("timeZone", "UTC"),
        limit=query.get("limit", None if whole else 100),
        offset=asked.offset,
    )


def summary(command: SumUp, view: Summary) -> Json:
    """Show part of the lines, and all of them together."""
    meta: Json = {
        "total": view.total,
        "limit": command.limit,
        "offset": command.offset,
    }
    if view.degraded:
        meta["degraded"] = ["memberships"]
    return {
        "by": command.by,
        "items": [row(line) for line in view.lines],
        "sum": {"counted": view.occurrences, **numbers(view.numbers)},
        "meta": meta,
    }


def row(line: Line) -> Json:
    """Show one line."""
    return {**_told(line), **numbers(line.numbers)}


def columns(by: By) -> list[str]:
    """Return the names of what a line has."""
    match by:
        case By.OCCURRENCE:
            about = ["eventId", "occurrence", "title", "eventType", "startsAt"]
            about.append("capacity")
        case By.EVENT_TYPE:
            about = ["eventType", "counted"]
        case _:
            about = ["period", "counted"]
    return [*about, *numbers(Numbers())]


def numbers(view: Numbers) -> Json:
    """Show the numbers themselves."""
    return {
        "interested": view.tally.interested,
        "going": view.tally.going,
        "notGoing": view.tally.not_going,
        "registrationCount": view.tally.seats,
        "waitlistCount": view.tally.waiting,
        "came": view.came,
        "noShows": view.no_shows,
        "walkIns": view.walk_ins,
        "saidNoButCame": view.said_no_but_came,
    }


def _told(line: Line) -> Json:
    match line.key:
        case Counted() as one:
            return {
                "eventId": str(one.event_id),
                "occurrence": None,  # no event repeats
                "title": one.title,
                "eventType": one.event_type,
                "startsAt": stamp(one.starts_at),
                "capacity": one.capacity,
            }
        case EventType() as kind:
            return {"eventType": kind, "counted": line.occurrences}
        case date() as day:
            return {"period": day.isoformat(), "counted": line.occurrences}
