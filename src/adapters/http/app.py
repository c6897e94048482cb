"""The application: every layer and route put together, nothing built."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Lifespan

from adapters.http.edge.exchange import Exchange
from adapters.http.edge.fork import Fork
from adapters.http.edge.outermost import Outermost
from adapters.http.edge.turnstile import OpenRoute, Turnstile
from adapters.http.errors import Malformed, MethodNotAllowed, RouteNotFound
from adapters.http.handling import Contract, Hear, Operation, hear_nobody
from adapters.http.metrics import Metrics
from adapters.http.operation import CheckReadiness, Measure, OperatorPages
from adapters.http.settings import HttpSettings, Limits
from adapters.tracing import PASSING_ON, Tracer
from events_core.ports.clock import IdSource
from events_core.ports.repeats import Repeats, Signatures
from events_core.usecases.core import EventsCore


def create_app(
    core: EventsCore,
    *,
    operations: Iterable[Operation],
    contract: Contract,
    repeats: Repeats,
    signatures: Signatures,
    settings: HttpSettings,
    readiness: CheckReadiness,
    measure: Measure,
    pages: Sequence[Route] = (),
    hear: Hear = hear_nobody,
    draining: asyncio.Event | None = None,
    metrics: Metrics | None = None,
    tracer: Tracer = PASSING_ON,
) -> Starlette:
    """Return the service as an ASGI application over a wired core.

    ``pages`` are what needs no signature: the contract and how to read it, served
    where the settings say so. ``hear`` is told of everybody who is to change
    something. While ``draining`` is set, the service answers as ever and says that it
    is not ready.

    Raises:
        ValueError: the operations are no sound route table.
    """
    metrics, draining = metrics or Metrics(), draining or asyncio.Event()
    exchange = Exchange(
        core,
        operations=operations,
        contract=contract,
        repeats=repeats,
        signatures=signatures,
        hear=hear,
        settings=settings,
        metrics=metrics,
    )
    metrics.watch(exchange.readings)
    operator = OperatorPages(
        readiness, measure, metrics, settings.metrics_token, draining
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await exchange.close()

    outermost = Middleware(
        Outermost,
        limits=settings.limits,
        ids=core.ids,
        metrics=metrics,
        tracer=tracer,
        draining=draining,
    )
    routes = (*operator.routes(), *(pages if settings.docs else ()))
    fork = Middleware(Fork, signed=exchange, open_routes=routes)
    return _open_to_all(routes, settings.limits, [outermost, fork], lifespan)


def create_operator_app(
    *,
    ids: IdSource,
    limits: Limits,
    metrics_token: str | None,
    readiness: CheckReadiness,
    measure: Measure,
    metrics: Metrics,
    draining: asyncio.Event,
) -> Starlette:
    """Return health and metrics alone, for a process that takes no other requests."""
    operator = OperatorPages(readiness, measure, metrics, metrics_token, draining)
    outermost = Middleware(
        Outermost,
        limits=limits,
        ids=ids,
        metrics=metrics,
        tracer=PASSING_ON,
        draining=draining,
    )
    return _open_to_all(operator.routes(), limits, [outermost])


def _open_to_all(
    routes: Iterable[Route],
    limits: Limits,
    middleware: Sequence[Middleware],
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """Return an application of what needs no signature, behind its middleware."""
    turnstile = Turnstile(limits.open_a_second, limits.open_burst)
    app = Starlette(
        routes=[OpenRoute(route, turnstile) for route in routes],
        middleware=middleware,
        exception_handlers={HTTPException: _refuse},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


async def _refuse(_request: Request, refused: Exception) -> Response:
    """Say in our own words what Starlette refuses; the outermost layer answers."""
    assert isinstance(refused, HTTPException)
    if refused.status_code == 405:
        allowed = (refused.headers or {}).get("Allow", "GET")
        raise MethodNotAllowed(tuple(sorted(allowed.split(", "))))
    if refused.status_code == 404:
        raise RouteNotFound
    raise Malformed("request", refused.detail)
