"""`events-core subscriptions`: who is told of what happens."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from secrets import token_bytes
from typing import TypeVar
from uuid import UUID

from attrs import evolve, frozen

from adapters.cli import dispatches
from adapters.cli.environment import (
    opened_database,
    relay_url,
    settings_from,
    uuid_argument,
)
from adapters.cli.errors import UsageError
from adapters.outbox.messages import ACTIVITY_PATH
from adapters.postgres import Database
from adapters.postgres.publishing.dispatches import PostgresDispatchBook
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Listed, Subscriptions
from adapters.readings import Readings
from adapters.settings import Settings, values
from adapters.system import SystemClock, TimeOrderedIds
from adapters.telemetry import tracing
from adapters.tracing import Kind as Span
from adapters.tracing import Tracer
from adapters.webhooks import shown_secret
from events_core.domain.actors import Via
from events_core.domain.change import Cause
from events_core.domain.destination import check_url
from events_core.domain.exposure import Visibility
from events_core.domain.identity import Scope, ScopeKind, TenantId
from events_core.domain.publication import Audience
from events_core.ports.outbox import Kind, State, Subscriber

_SECRET_BYTES = 32
_LONGEST_DESCRIPTION = 255

#: Takes back what was chosen of kinds, or a scope.
_ANY = "any"


@frozen
class _Books:
    """All subscriptions, and what became of what they were to be told."""

    who: Subscriptions
    told: PostgresDispatchBook


Lines = Callable[[_Books], Awaitable[list[str]]]

T = TypeVar("T")


def subscriptions(environ: Mapping[str, str], arguments: argparse.Namespace) -> int:
    """Do one thing with subscriptions, and print what came of it."""
    settings = settings_from(environ)
    lines = _prepared(settings, arguments)
    with opened_database(settings) as urls:
        url = relay_url(urls, "it takes the relay's role")
        # What it makes known belongs to a trace of its own.
        with (
            tracing(settings, _watched_by_nobody) as tracer,
            tracer.span(f"subscriptions {arguments.action}", Span.INTERNAL),
        ):
            told = asyncio.run(_with(url, lines, tracer))
    print(*told, sep="\n")
    return 0


def _watched_by_nobody(_readings: Readings) -> None:
    """Have nobody told: the process ends before anybody asks."""


async def _with(relay_url: str, lines: Lines, tracer: Tracer) -> list[str]:
    pool = RelayPool(relay_url, connections=1)
    relay = Database.at(relay_url, connections=1, tracer=tracer)
    cause = Cause(None, SystemClock().now(), Via.CLI)
    try:
        return await lines(
            _Books(Subscriptions(pool), PostgresDispatchBook(relay, None, cause))
        )
    finally:
        await relay.close()
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
        case "change":
            return _change(one, _changes(settings, arguments))
        case "pause":
            return _done(lambda books: books.who.set_state(one, State.PAUSED), one)
        case "resume":
            return _done(lambda books: books.who.set_state(one, State.ACTIVE), one)
        case "remove":
            return _done(lambda books: books.who.remove(one), one)
        case "rotate":
            secret = token_bytes(_SECRET_BYTES)
            shown = shown_secret(secret)
            return _done(lambda books: books.who.rotate(one, secret), one, shown)
    told = dispatches.prepared(one, arguments)

    async def do(books: _Books) -> list[str]:
        if await books.who.find(one) is None:
            raise _no_such(one)
        return await told(books.told)

    return do


def _subscriber(settings: Settings, arguments: argparse.Namespace) -> Subscriber:
    secrets: tuple[bytes, ...] = ()
    kind, url = Kind.ACTIVITY, arguments.url or settings.activity_url
    if arguments.action == "add":
        kind, secrets = Kind(arguments.signing), (token_bytes(_SECRET_BYTES),)
    if url is None:
        raise UsageError("give --url or set ACTIVITY_BASE_URL")
    tenant = arguments.tenant
    audience = Audience(
        tenant_id=TenantId(uuid_argument("--tenant", tenant)) if tenant else None
    )
    return Subscriber(
        id=TimeOrderedIds().new(),
        kind=kind,
        url=_checked_url(settings, kind, url),
        description=(arguments.description or "")[:_LONGEST_DESCRIPTION],
        secrets=secrets,
        audience=_audience(audience, arguments),
    )


def _checked_url(settings: Settings, kind: Kind, url: str) -> str:
    """Return where a subscriber of a kind is told; Activity's is below its address."""
    if kind is Kind.ACTIVITY:
        return _checked(values.web_base, url) + ACTIVITY_PATH
    _checked(lambda text: check_url(text, settings.webhook_allowed_hosts), url)
    return url


def _checked(check: Callable[[str], T], url: str) -> T:
    try:
        return check(url)
    except ValueError as error:
        raise UsageError(f"--url {error}") from None


def _audience(audience: Audience, arguments: argparse.Namespace) -> Audience:
    """Return the audience with whatever was said of it."""
    if arguments.visibility is not None:
        try:
            wide = frozenset(map(Visibility, arguments.visibility.split(",")))
        except ValueError:
            known = ", ".join(Visibility)
            raise UsageError(f"--visibility must be of {known}") from None
        audience = evolve(audience, visibilities=wide)
    if arguments.persons is not None:
        audience = evolve(audience, persons=arguments.persons)
    if arguments.event_types is not None:
        types = dispatches.event_types(arguments.event_types, but=_ANY)
        audience = evolve(audience, event_types=types)
    if arguments.scope is not None:
        audience = evolve(audience, scope=_scope(arguments.scope))
    return audience


def _scope(text: str) -> Scope | None:
    if text == _ANY:
        return None
    kind, _, scope_id = text.partition(":")
    if kind not in set(ScopeKind):
        known = ", ".join(f"{kind}:ID" for kind in ScopeKind)
        raise UsageError(f"--scope must be of {known}, or {_ANY}")
    return Scope(ScopeKind(kind), uuid_argument("--scope", scope_id))


def _changes(
    settings: Settings, arguments: argparse.Namespace
) -> Callable[[Subscriber], Subscriber]:
    named = ("url", "description", "visibility", "persons", "event_types", "scope")
    if all(getattr(arguments, name) is None for name in named):
        raise UsageError("say what is to change")

    def changed(subscriber: Subscriber) -> Subscriber:
        url, description = arguments.url, arguments.description
        return evolve(
            subscriber,
            url=subscriber.url
            if url is None
            else _checked_url(settings, subscriber.kind, url),
            description=subscriber.description
            if description is None
            else description[:_LONGEST_DESCRIPTION],
            audience=_audience(subscriber.audience, arguments),
        )

    return changed


async def _list(books: _Books) -> list[str]:
    return [_line(one) for one in await books.who.every()] or ["there are none"]


def _line(one: Listed) -> str:
    subscriber, audience = one.subscriber, one.subscriber.audience
    scope, types = audience.scope, audience.event_types
    return " ".join(
        (
            str(subscriber.id),
            subscriber.kind,
            one.state if one.reason is None else f"{one.state} ({one.reason})",
            *_health(one),
            f"tenant={audience.tenant_id or 'all'}",
            f"visibility={','.join(sorted(audience.visibilities))}",
            f"persons={'yes' if audience.persons else 'no'}",
            f"scope={_ANY if scope is None else f'{scope.kind}:{scope.id}'}",
            f"event-types={_ANY if types is None else ','.join(sorted(types))}",
            f"pending={one.pending} dead={one.dead}",
            subscriber.url,
        )
    )


def _health(one: Listed) -> Iterator[str]:
    """Say since when she fails, and until when she is left alone, if so."""
    if one.failing_since is not None:
        yield f"failing-since={dispatches.shown(one.failing_since)}"
    if one.open_until is not None and one.open_until > SystemClock().now():
        yield f"left-alone-until={dispatches.shown(one.open_until)}"


def _add(subscriber: Subscriber) -> Lines:
    async def add(books: _Books) -> list[str]:
        if not await books.who.add(subscriber):
            raise UsageError("Activity is told of that already; change or remove it")
        return [str(subscriber.id), *map(shown_secret, subscriber.secrets)]

    return add


def _change(one: UUID, changed: Callable[[Subscriber], Subscriber]) -> Lines:
    async def change(books: _Books) -> list[str]:
        found = await books.who.change(one, changed)
        if found is None:
            raise _no_such(one)
        return [_line(found)]

    return change


def _done(
    change: Callable[[_Books], Awaitable[bool]], one: UUID, told: str = "done"
) -> Lines:
    async def do(books: _Books) -> list[str]:
        if not await change(books):
            raise _no_such(one)
        return [told]

    return do


def _no_such(one: UUID) -> UsageError:
    return UsageError(f"there is no subscription {one}")
