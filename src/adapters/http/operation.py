"""Health and metrics: what an operator and her machines ask.

None of it needs a signature. Health says nothing but whether; metrics are for this
machine and for who bears the token.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import orjson
import structlog
from attrs import define, field, frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.http.edge.visit import Visit, is_local
from adapters.http.errors import NotReady, Unauthorized
from adapters.http.handling import JSON
from adapters.http.metrics import Metrics
from adapters.readings import Reading
from events_core.errors import Unavailable

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

#: How long a readiness answer is given again, and how long one may take, in seconds.
READY_FOR = 1.0
READY_WITHIN = 2.0


@frozen
class Readiness:
    """Whether the service can do its work.

    ``checks`` are judged: one that is False makes the service not ready. What is
    ``reported`` is told beside them and judged by nobody.
    """

    checks: Mapping[str, bool]
    reported: Mapping[str, Any] = field(factory=dict)


_log = structlog.get_logger(__name__)

CheckReadiness = Callable[[], Awaitable[Readiness]]

#: Counts what is stored, such as ``events_total`` and ``outbox_pending``.
Measure = Callable[[], Awaitable[Iterable[Reading]]]


@define
class OperatorPages:
    """Health and metrics. ``draining`` is set when the process is about to end."""

    _check_readiness: CheckReadiness
    _measure: Measure
    _metrics: Metrics
    _metrics_token: str | None = field(repr=False)
    _draining: asyncio.Event
    _last: Readiness | None = field(default=None, init=False)
    _last_until: float = field(default=0.0, init=False)
    _asking: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    def routes(self) -> list[Route]:
        """Return the routes, each with and without a last slash."""
        pages = {
            "/health": self.health,
            "/health/live": self.health,
            "/health/ready": self.ready,
            "/metrics": self.metrics,
            "/metrics/prometheus": self.metrics,
        }
        return [
            Route(path + slash, page, methods=["GET"])
            for path, page in pages.items()
            for slash in ("", "/")
        ]

    async def health(self, request: Request) -> Response:
        """Tell that the process answers, and nothing else."""
        Visit.of(request.scope).operation = "health"
        return _json({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Tell whether to send requests here.

        Raises:
            NotReady: a check failed, could not be made, or the process is ending.
        """
        Visit.of(request.scope).operation = "ready"
        if self._draining.is_set():
            raise NotReady(("draining",))
        readiness = await self._readiness()
        failed = tuple(name for name, fine in readiness.checks.items() if not fine)
        if failed:
            raise NotReady(failed)
        checks = dict.fromkeys(readiness.checks, "ok")
        return _json({"status": "ready", "checks": checks, **readiness.reported})

    async def metrics(self, request: Request) -> Response:
        """Tell the counts, as JSON or in the Prometheus text format.

        Raises:
            Unauthorized: the caller is not on this machine and bears no token.
            StoreUnavailable: what is stored cannot be counted (JSON only).
        """
        Visit.of(request.scope).operation = "metrics"
        if not (is_local(request) or self._bears_token(request)):
            raise Unauthorized
        in_text = request.url.path.rstrip("/").endswith("/prometheus")
        if in_text or _accepts_text(request.headers.get("accept", "")):
            return Response(await self._as_text(), media_type=PROMETHEUS)
        return _json(self._metrics.json(await self._measure()))

    async def _as_text(self) -> bytes:
        """Return all counts; those of the store are left out when it is down."""
        stored: Iterable[Reading] = ()
        try:
            stored, is_up = await self._measure(), True
        except Unavailable:
            is_up = False
        up = Reading("store_up", "Whether the database can be asked.", is_up)
        return self._metrics.text([up, *stored])

    def _bears_token(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self._metrics_token is None or scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(token.strip().encode(), self._metrics_token.encode())

    async def _readiness(self) -> Readiness:
        """Return the readiness, asked once for all who want to know at a time."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            if self._last is None or loop.time() >= self._last_until:
                self._last = await self._checked()
                self._last_until = loop.time() + READY_FOR
            return self._last

    async def _checked(self) -> Readiness:
        try:
            async with asyncio.timeout(READY_WITHIN):
                return await self._check_readiness()
        except Exception:  # noqa: BLE001 - whatever it is, it is not ready
            _log.warning("readiness cannot be told", exc_info=True)
            return Readiness({"check": False})


def _json(told: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(told), media_type=JSON)


def _accepts_text(accept: str) -> bool:
    named = accept.lower()
    text = "text/plain" in named or "application/openmetrics-text" in named
    return text and JSON not in named
