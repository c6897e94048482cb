"""What became of deliveries, and facts that are fetched, in JSON."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from adapters.http.codec.publishing import event_types
from adapters.http.codec.times import moment, stamp
from adapters.http.codec.views import Json
from events_core import Attempt, Choice, DeadLetter, Dispatch, OpenedLetter
from events_core.domain.text import FieldProblems


def choice(given: Mapping[str, Any], kinds: list[str] | None) -> Choice:
    """Read which dead letters are meant.

    Raises:
        InvalidFields: a time that there is not, or a kind of fact.
    """
    problems = FieldProblems()
    since, until = (
        None
        if (text := given.get(name)) is None
        else problems.checked(name, partial(instant, text), None)
        for name in ("since", "until")
    )
    problems.raise_if_any()
    return Choice(event_types=event_types(kinds), since=since, until=until)


def instant(text: str) -> datetime:
    """Return the instant a text spells; without an offset it is in UTC.

    Raises:
        ValueError: there is no such time.
    """
    found = moment(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def dispatch(view: Dispatch) -> Json:
    """Show how the delivery of one fact went."""
    return {
        "messageId": view.message_id,
        "eventType": view.event_type,
        "position": view.position,
        "state": view.stage,
        "nextAttemptAt": stamp(view.next_at),
        "attempts": [_attempt(one) for one in view.attempts],
    }


def dead_letter(view: DeadLetter) -> Json:
    """Show what is not tried any more."""
    return {
        "messageId": view.message_id,
        "eventType": view.event_type,
        "position": view.position,
        "attempts": view.attempts,
        "diedAt": stamp(view.died_at),
        "status": view.status,
        "error": view.error,
    }


def opened(view: OpenedLetter) -> Json:
    """Show a dead letter with what it tells."""
    fact = None if view.text is None else orjson.Fragment(view.text)
    return {**dead_letter(view.letter), "fact": fact}


def page(items: Sequence[object], *, limit: int, following: str | None) -> Json:
    """Show a part of a list, and where the next one begins."""
    meta: Json = {"limit": limit}
    if following is not None:
        meta["nextCursor"] = following
    return {"items": items, "meta": meta}


def _attempt(view: Attempt) -> Json:
    return {
        "attempt": view.number,
        "at": stamp(view.at),
        "outcome": view.outcome,
        "status": view.status,
        "error": view.error,
        "milliseconds": round(view.took.total_seconds() * 1000),
    }
