"""What became of what subscribers were to be told, on the command line."""

import argparse
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from adapters.cli.environment import uuid_argument
from adapters.cli.errors import UsageError
from adapters.system import SystemClock, TimeOrderedIds
from events_core.domain.identity import MessageId
from events_core.domain.publication import WITHDRAWN
from events_core.ports.publishing import (
    Choice,
    DeadLetter,
    Dispatch,
    DispatchBook,
)
from events_core.wire import FACTS

Lines = Callable[[DispatchBook], Awaitable[list[str]]]

#: How many dead letters are tried again in one transaction.
_PORTION = 500


def prepared(one: UUID, arguments: argparse.Namespace) -> Lines:
    """Return what is to be done with what one subscriber was to be told.

    Raises:
        UsageError: it is used wrongly.
    """
    match arguments.action:
        case "test":
            return _send_test(one)
        case "deliveries":
            return _deliveries(one, _number("--limit", arguments.limit) or 20)
        case "dead-letters":
            choice = _choice(arguments)
            return _dead_letters(one, choice, _number("--limit", arguments.limit) or 20)
        case "retry":
            return _retry(one, _choice(arguments))
        case _:
            position = _number("--from-position", arguments.from_position)
            since = _time("--since", arguments.since)
            return _replay(one, position, since)


def event_types(text: str, *, but: str = "") -> frozenset[str] | None:
    """Return the kinds of facts that are named, with commas; None for ``but``.

    Raises:
        UsageError: there is no such kind.
    """
    if text == but:
        return None
    named = frozenset(text.split(","))
    if unknown := sorted(named - {*FACTS, WITHDRAWN}):
        raise UsageError(
            f"--event-types: there is no {unknown[0] or 'kind without name'}"
        )
    return named


def _choice(arguments: argparse.Namespace) -> Choice:
    message, types = arguments.message, arguments.event_types
    return Choice(
        message_id=None
        if message is None
        else MessageId(uuid_argument("--message", message)),
        event_types=None if types is None else event_types(types),
        since=_time("--since", arguments.since),
        until=_time("--until", arguments.until),
    )


def _send_test(one: UUID) -> Lines:
    async def send(told: DispatchBook) -> list[str]:
        message_id = MessageId(TimeOrderedIds().new())
        await told.send_test(one, message_id, SystemClock().now())
        return [f"{message_id} is on its way"]

    return send


def _deliveries(one: UUID, limit: int) -> Lines:
    async def show(told: DispatchBook) -> list[str]:
        found = await told.recent(one, before=None, limit=limit)
        return [line for dispatch in found for line in _delivery(dispatch)] or [
            "there are none"
        ]

    return show


def _delivery(dispatch: Dispatch) -> list[str]:
    next_at = dispatch.next_at
    head = (
        f"{dispatch.message_id} {dispatch.event_type} position={dispatch.position}"
        f" {dispatch.stage}{'' if next_at is None else f' next={shown(next_at)}'}"
    )
    attempts = [
        f"  {attempt.number} {shown(attempt.at)} {attempt.outcome}"
        f" {attempt.took.total_seconds() * 1000:.0f}ms"
        f" {attempt.error or attempt.status or ''}".rstrip()
        for attempt in dispatch.attempts
    ]
    return [head, *attempts]


def _dead_letters(one: UUID, choice: Choice, limit: int) -> Lines:
    async def show(told: DispatchBook) -> list[str]:
        found = await told.dead_letters(one, choice, after=0, limit=limit)
        lines = [_letter(letter) for letter in found]
        if choice.message_id is not None and found:
            text = await told.text_of(one, choice.message_id)
            lines.append(text or "it cannot be told any more")
        return lines or ["there are none"]

    return show


def _letter(letter: DeadLetter) -> str:
    return (
        f"{letter.message_id} {letter.event_type} position={letter.position}"
        f" attempts={letter.attempts} died={shown(letter.died_at)}"
        f" {letter.error or ''}".rstrip()
    )


def _retry(one: UUID, choice: Choice) -> Lines:
    async def retry(told: DispatchBook) -> list[str]:
        done, number = 0, _PORTION
        while number == _PORTION:
            number = await told.send_again(one, choice, most=_PORTION)
            done += number
        return [f"{done} will be tried again"]

    return retry


def _replay(one: UUID, position: int | None, since: datetime | None) -> Lines:
    async def replay(told: DispatchBook) -> list[str]:
        await told.replay(one, from_position=position, since=since)
        return ["done"]

    return replay


def shown(time: datetime) -> str:
    """Return a time as operators are shown it."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise UsageError(f"{name} must be a whole number")
    return int(text)


def _time(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} must be a time such as 2027-03-15T12:00Z") from None
    if time.tzinfo is None:
        raise UsageError(f"{name} must have an offset, such as Z")
    return time
