"""Who sees which event, told a second time: an oracle that shares no code.

It knows plain dictionaries, texts and times, imports nothing of the project, and asks
about every event by itself, one rule after the other, as a reader of the rules would.
Where it and the service differ, one of them is wrong.
"""

import unicodedata
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

Place = tuple[str, str]  # kind and id, as in ("TEAM", "0192…")


class Happening(TypedDict):
    """An event."""

    tenant: str
    id: str
    place: Place
    visibility: str
    status: str
    deleted: bool
    creator: str | None
    roles: list[tuple[str | Place, str, datetime | None]]  # whose, which, until when
    type: str
    texts: list[str]
    starts: datetime  # wall time
    ends: datetime | None
    zone: str
    all_day: bool
    answers: dict[str, str]


class Person(TypedDict):
    """Somebody who looks, in one tenant."""

    tenant: str
    id: str
    member_of: set[Place]
    untold: set[Place]  # memberships nobody can tell
    manages: set[Place]
    admin: bool
    barred: bool


class Question(TypedDict):
    """What is asked of a list; None where it does not matter."""

    since: datetime | None
    until: datetime | None
    place: Place | None
    kind: str | None
    visibilities: set[str] | None
    statuses: set[str] | None
    types: set[str] | None
    answers: set[str | None] | None
    mine: bool
    words: list[str]


def sees(
    person: Person, event: Happening, now: datetime, *, doubt: bool = False
) -> bool:
    """Tell whether the person sees the event; in doubt as a member, or as none."""
    if event["tenant"] != person["tenant"]:
        return False
    places = person["member_of"] - person["untold"]
    if doubt:
        places = places | person["untold"]
    roles = set()
    for whose, role, until in event["roles"]:
        if until is not None and until <= now:
            continue
        if whose == person["id"] or whose in places:
            roles.add(role)
    if "owner" in roles or "editor" in roles:
        return True
    belongs = event["place"] in places
    invited = (
        len(roles) > 0
        or event["visibility"] == "public"
        or (event["visibility"] == "community" and belongs)
        or (event["visibility"] == "team" and belongs)
    )
    if event["status"] == "draft" or event["deleted"]:
        return invited and manages(person, event["place"])
    return invited


def manages(person: Person, place: Place) -> bool:
    """Tell whether the person manages the events of a place."""
    if person["barred"]:
        return False
    everywhere = ("TENANT", person["tenant"]) in person["manages"]
    return person["admin"] or everywhere or place in person["manages"]


def answer_to_a_look(person: Person, event: Happening, now: datetime) -> str:
    """Tell what becomes of looking at one event: seen, missing, untold or refused."""
    if sees(person, event, now):
        return "refused" if person["barred"] else "seen"
    return "untold" if sees(person, event, now, doubt=True) else "missing"


def listed(
    person: Person, events: list[Happening], question: Question, now: datetime
) -> list[str]:
    """Return the ids on the person's list, in order."""
    found = [
        event
        for event in events
        if sees(person, event, now) and is_asked_for(person, event, question, now)
    ]
    return [event["id"] for event in sorted(found, key=place_in_line)]


def hangs_on_a_doubt(
    person: Person, events: list[Happening], question: Question, now: datetime
) -> bool:
    """Tell whether some event is left out for a membership nobody can tell."""
    return any(
        sees(person, event, now, doubt=True)
        and not sees(person, event, now)
        and is_asked_for(person, event, question, now)
        for event in events
    )


def place_in_line(event: Happening) -> tuple[datetime, str]:
    """Return what events are sorted by."""
    return at(event["starts"], event["zone"]), event["id"]


def is_asked_for(
    person: Person, event: Happening, question: Question, now: datetime
) -> bool:
    """Tell whether an event answers the question, whoever may see it."""
    since, until = question["since"], question["until"]
    if question["words"] and since is None and until is None:
        since = datetime.combine(now.date(), time(), UTC)
        until = since + timedelta(days=366)
    text = folded("\n".join(event["texts"]))
    mine = event["answers"].get(person["id"])
    conditions: list[Any] = [
        not event["deleted"],
        since is None or over(event) >= since,
        until is None or at(event["starts"], event["zone"]) <= until,
        question["place"] in {None, event["place"]},
        question["kind"] in {None, event["place"][0]},
        event["visibility"] in (question["visibilities"] or {event["visibility"]}),
        event["status"] in (question["statuses"] or {"published", "completed"}),
        event["type"] in (question["types"] or {event["type"]}),
        question["answers"] is None or mine in question["answers"],
        not question["mine"] or event["creator"] == person["id"],
        all(folded(word) in text for word in question["words"]),
    ]
    return all(conditions)


def at(wall: datetime, zone: str) -> datetime:
    """Return the instant of a wall time."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def over(event: Happening) -> datetime:
    """Return the instant an event is over."""
    last = event["ends"]
    if last is None and event["all_day"]:
        last = datetime.combine(event["starts"].date() + timedelta(days=1), time())
    return at(last or event["starts"], event["zone"])


def folded(text: str) -> str:
    """Return a text without regard to case."""
    return unicodedata.normalize("NFC", text.casefold())
