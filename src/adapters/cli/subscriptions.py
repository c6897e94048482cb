"""`events-core subscriptions`: who is told of what happens."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from secrets import token_bytes
from typing import TypeVar
from uuid import UUID

from adapters.cli.environment import opened_database, settings_from, uuid_argument
from adapters.cli.errors import UsageError
from adapters.outbox.messages import ACTIVITY_PATH
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Listed, Subscriptions
from adapters.settings import Settings
from adapters.system import SystemClock, TimeOrderedIds
from adapters.webhooks import shown_secret
from events_core.domain.destination import check_url
from events_core.domain.exposure import Visibility
from events_core.domain.identity import MessageId, TenantId
from events_core.domain.publication import Audience
from events_core.errors import StoreUnavailable
from events_core.ports.outbox import Kind, State, Subscriber

T = TypeVar("T")

_SECRET_BYTES = 32


def subscriptions(environ: Mapping[str, str], arguments: argparse.Namespace) -> int:
    """Do one thing with subscriptions, and print what came of it."""
    settings = settings_from(environ)
    lines = _prepared(settings, arguments)
    with opened_database(settings) as urls:
        if urls.relay is None:
            raise UsageError("set EVENTS_DATABASE_RELAY_URL: it takes the relay's role")
        try:
            told = asyncio.run(_with(urls.relay, lines))
        except StoreUnavailable as error:
            raise UsageError(str(error)) from None
    print(*told, sep="\n")
    return 0


Lines = Callable[[Subscriptions], Awaitable[list[str]]]


async def _with(relay_url: str, lines: Lines) -> list[str]:
    pool = RelayPool(relay_url, connections=1)
    try:
        return await lines(Subscriptions(pool))
    finally:
        await pool.close()


def _prepared(settings: Settings, arguments: argparse.Namespace) -> Lines:
    """Return what is to be done; whatever is used wrongly is told before."""
    match arguments.action:
        case "list":
            return _list
        case "add" | "add-activity":
            return _add(_subscriber(settings, arguments))
    one = uuid_argument("ID", arguments.subscription)
    match arguments.action:
        case "pause":
            return _done(lambda all_: all_.set_state(one, State.PAUSED), one)
        case "resume":
            return _done(lambda all_: all_.set_state(one, State.ACTIVE), one)
        case "remove":
            return _done(lambda all_: all_.remove(one), one)
        case "rotate":
            secret = token_bytes(_SECRET_BYTES)
            return _done(
                lambda all_: all_.rotate(one, secret), one, shown_secret(secret)
            )
        case "test":
            message_id = MessageId(TimeOrderedIds().new())
            return _done(
                lambda all_: all_.send_test(one, message_id, SystemClock().now()),
                one,
                f"{message_id} is on its way",
            )
        case "dead-letters":
            return _dead_letters(one)
        case "retry":
            place = _number("--place", arguments.place)
            return _retry(one, place)
        case _:
            position = _number("--from-position", arguments.from_position)
            since = _time("--since", arguments.since)
            return _done(
                lambda all_: all_.replay(one, from_position=position, since=since), one
            )


def _subscriber(settings: Settings, arguments: argparse.Namespace) -> Subscriber:
    secrets: tuple[bytes, ...] = ()
    if arguments.action == "add":
        kind, url = Kind(arguments.signing), arguments.url
        allowed = settings.webhook_allowed_hosts
        secrets = (token_bytes(_SECRET_BYTES),)
        try:
            check_url(url, allowed)
        except ValueError as error:
            raise UsageError(f"--url {error}") from None
    else:
        base = arguments.url or settings.activity_url
        if base is None:
            raise UsageError("give --url or set ACTIVITY_BASE_URL")
        if not base.startswith(("http://", "https://")):
            raise UsageError("--url must be http or https")
        kind, url = Kind.ACTIVITY, base.rstrip("/") + ACTIVITY_PATH
    tenant, types = arguments.tenant, arguments.event_types
    try:
        visibilities = frozenset(map(Visibility, arguments.visibility.split(",")))
    except ValueError:
        known = ", ".join(Visibility)
        raise UsageError(f"--visibility must be of {known}") from None
    return Subscriber(
        id=TimeOrderedIds().new(),
        kind=kind,
        url=url,
        description=arguments.description[:255],
        secrets=secrets,
        audience=Audience(
            tenant_id=TenantId(uuid_argument("--tenant", tenant)) if tenant else None,
            visibilities=visibilities,
            persons=arguments.persons,
            event_types=frozenset(types.split(",")) if types else None,
        ),
    )


async def _list(all_: Subscriptions) -> list[str]:
    return [_line(one) for one in await all_.every()] or ["there are none"]


def _line(one: Listed) -> str:
    subscriber, audience = one.subscriber, one.subscriber.audience
    return " ".join(
        (
            str(subscriber.id),
            subscriber.kind,
            one.state if one.reason is None else f"{one.state} ({one.reason})",
            f"tenant={audience.tenant_id or 'all'}",
            f"visibility={','.join(sorted(audience.visibilities))}",
            f"persons={'yes' if audience.persons else 'no'}",
            f"pending={one.pending} dead={one.dead}",
            subscriber.url,
        )
    )


def _add(subscriber: Subscriber) -> Lines:
    async def add(all_: Subscriptions) -> list[str]:
        await all_.add(subscriber)
        return [str(subscriber.id), *map(shown_secret, subscriber.secrets)]

    return add


def _done(
    change: Callable[[Subscriptions], Awaitable[bool]],
    one: UUID,
    told: str = "done",
) -> Lines:
    async def do(all_: Subscriptions) -> list[str]:
        if not await change(all_):
            raise UsageError(f"there is no subscription {one}")
        return [told]

    return do


def _dead_letters(one: UUID) -> Lines:
    async def show(all_: Subscriptions) -> list[str]:
        letters = await all_.dead_letters(one)
        return [
            f"{letter.place} {letter.message_id} {letter.event_type}"
            f" position={letter.position} attempts={letter.attempts}"
            f" died={letter.died_at:%Y-%m-%dT%H:%M:%SZ} {letter.error or ''}".rstrip()
            for letter in letters
        ] or ["there are none"]

    return show


def _retry(one: UUID, place: int | None) -> Lines:
    async def retry(all_: Subscriptions) -> list[str]:
        return [f"{await all_.send_again(one, place)} will be tried again"]

    return retry


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
