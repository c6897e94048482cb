"""The composition root: the only module that knows more than one adapter.

Everything is opened here, in order, and closed in the opposite one.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import (
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from datetime import timedelta
from functools import partial

from attrs import frozen

from adapters.http.app import create_app
from adapters.http.edge.outermost import Application
from adapters.http.metrics import Metrics
from adapters.http.operation import Readiness
from adapters.http.pages import pages
from adapters.http.routes import OPERATIONS
from adapters.http.schema import OpenApiContract
from adapters.http.server import serve
from adapters.http.settings import HttpSettings, Limits
from adapters.portal import (
    CachePolicy,
    PortalAccess,
    PortalMemberships,
    open_neighbour,
)
from adapters.postgres import (
    Database,
    LocalAccess,
    LocalDirectory,
    LocalMemberships,
    Patience,
    PostgresPublishing,
    PostgresRepeats,
    PostgresSignatures,
    PostgresSlugs,
    PostgresStore,
    Subscribers,
    Totals,
    check_is_current,
    check_role,
    embedded,
    is_current,
)
from adapters.postgres.queue.wakeups import Announcer
from adapters.readings import Reading
from adapters.settings import Directory, Settings
from adapters.system import SystemClock, TimeOrderedIds
from adapters.telemetry import tracing
from adapters.tracing import Tracer
from events_core import EventsCore, Policies
from events_core.ports.people import Access, Memberships

#: What somebody at a command line can wait for.
FOR_COMMANDS = Patience()

#: What a request can wait for, so that it hears of it before its deadline.
FOR_REQUESTS = Patience(
    connect=timedelta(seconds=2),
    turn=timedelta(seconds=1),
    opening=timedelta(seconds=2.8),
    statement=timedelta(seconds=2.2),
    lock=timedelta(seconds=2),
    spare=timedelta(seconds=0.3),
)

_CLOSING_SECONDS = 1.0


@frozen
class DatabaseUrls:
    """Where the database is, for each role that we have there.

    ``owner`` is None where this process may not migrate, ``relay`` where it may not
    see all tenants; ``direct`` leads round a transaction-mode pooler, as the app.
    """

    app: str
    owner: str | None
    relay: str | None
    direct: str


@contextmanager
def database(settings: Settings) -> Iterator[DatabaseUrls]:
    """Have the database there until the block ends: the one that is set, or our own.

    Blocks while the embedded PostgreSQL starts: call it outside the event loop.

    Raises:
        EmbeddedPostgresError: ours cannot run.
    """
    if settings.database_url is not None:
        yield DatabaseUrls(
            settings.database_url,
            settings.database_owner_url,
            settings.database_relay_url,
            settings.database_direct_url or settings.database_url,
        )
        return
    with embedded.start(settings.data_dir) as cluster, embedded.kept_up(cluster):
        app = cluster.dsn(embedded.APP)
        owner, relay = cluster.dsn(embedded.OWNER), cluster.dsn(embedded.RELAY)
        yield DatabaseUrls(app, owner, relay, app)


@frozen(kw_only=True)
class Wired:
    """The core over a database, and what a transport needs beside it."""

    core: EventsCore
    store: PostgresStore
    database: Database
    repeats: PostgresRepeats
    signatures: PostgresSignatures
    directory: LocalDirectory
    metrics: Metrics
    tracer: Tracer


@asynccontextmanager
async def open_core(
    settings: Settings, urls: DatabaseUrls, *, patience: Patience = FOR_COMMANDS
) -> AsyncIterator[Wired]:
    """Wire the core: to the database, and to the neighbours or the local directory.

    Raises:
        MigrationError: the database has not been brought up to date.
        UnsafeRoleError: the fence between tenants would not hold for our role.
        StoreUnavailable: the database cannot be reached.
    """
    async with AsyncExitStack() as stack:
        metrics = Metrics(secrets=len(settings.secrets))
        tracer = stack.enter_context(tracing(settings, metrics.watch))
        database = Database.at(
            urls.app,
            connections=settings.database_connections,
            pooled=settings.database_pooled,
            patience=patience,
            tracer=tracer,
        )
        stack.push_async_callback(_close, database)
        await check_is_current(database)
        await check_role(database)
        metrics.watch(lambda: [_embedded(settings)])
        metrics.watch(database.readings)
        memberships, access = await _people(settings, database, metrics, tracer, stack)
        announcer = Announcer(urls.direct)
        stack.push_async_callback(announcer.close)
        store = PostgresStore(database, announcer.announce)
        yield Wired(
            core=EventsCore(
                store=store,
                memberships=memberships,
                access=access,
                clock=SystemClock(),
                ids=TimeOrderedIds(),
                policies=Policies(
                    inner_hosts=settings.webhook_allowed_hosts,
                    queue_order=settings.queue_order,
                ),
                publishing=PostgresPublishing(database, announcer.announce),
                pass_keys=settings.pass_keys,
            ),
            store=store,
            database=database,
            repeats=PostgresRepeats(database),
            signatures=PostgresSignatures(database),
            directory=LocalDirectory(database),
            metrics=metrics,
            tracer=tracer,
        )


def _embedded(settings: Settings) -> Reading:
    text = "Whether the database is the embedded one, which one machine alone has."
    return Reading("database_embedded", text, settings.database_url is None)


async def _close(database: Database) -> None:
    """Close the connections, or leave them to the server where it does not answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            await database.close()


async def _people(
    settings: Settings,
    database: Database,
    metrics: Metrics,
    tracer: Tracer,
    stack: AsyncExitStack,
) -> tuple[Memberships, Access]:
    if settings.directory is Directory.LOCAL:
        return LocalMemberships(database), LocalAccess(database)
    if not (settings.portal_url and settings.access_url and settings.hmac_secret):
        raise ValueError("the neighbours' addresses and the secret are needed")
    cache = CachePolicy(
        yes_seconds=settings.membership_yes_seconds,
        no_seconds=settings.membership_no_seconds,
    )
    neighbour = partial(
        open_neighbour,
        secret=settings.hmac_secret,
        observe=metrics.called,
        tracer=tracer,
    )
    portal = PortalMemberships(
        await stack.enter_async_context(neighbour("portal", settings.portal_url)),
        cache=cache,
    )
    access = PortalAccess(
        await stack.enter_async_context(neighbour("access", settings.access_url)),
        cache=cache,
    )
    metrics.watch(portal.readings)
    metrics.watch(access.readings)
    return portal, access


def app_of(wired: Wired, settings: Settings, draining: asyncio.Event) -> Application:
    """Return the HTTP surface of a wired core."""
    database = wired.database
    totals, subscribers = Totals(database), Subscribers(database)

    async def readiness() -> Readiness:
        return Readiness({"database": True, "migrations": await is_current(database)})

    async def measure() -> Iterable[Reading]:
        return *await totals.measure(), *await subscribers.readings()

    return create_app(
        wired.core,
        operations=OPERATIONS,
        contract=OpenApiContract.of_this_service(),
        repeats=wired.repeats,
        signatures=wired.signatures,
        hear=PostgresSlugs(database).hear,
        settings=_http_settings(settings),
        readiness=readiness,
        measure=measure,
        pages=pages(),
        draining=draining,
        metrics=wired.metrics,
        tracer=wired.tracer,
    )


async def serve_core(wired: Wired, settings: Settings, listener: socket.socket) -> None:
    """Serve HTTP over a wired core until SIGTERM or SIGINT."""
    draining = asyncio.Event()
    app = app_of(wired, settings, draining)
    limits = _http_settings(settings).limits
    await serve(
        app,
        listener,
        limits=limits,
        draining=draining,
        drain_seconds=settings.drain_seconds,
    )


def _http_settings(settings: Settings) -> HttpSettings:
    # Some connections are left to those who read, and to what ends a request.
    changes = max(1, settings.database_connections * 4 // 5)
    return HttpSettings(
        secrets=settings.secrets,
        metrics_token=settings.metrics_token,
        limits=Limits(changes=changes),
    )
