"""The outermost layer, around every path there is.

Here are the limits of a head, the one place where an error becomes an answer, the
headers of every answer, the log line and the counts of every request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from adapters.http.edge.answering import send_answer, with_defaults
from adapters.http.edge.arrival import (
    ClientGoneError,
    Message,
    Receive,
    Scope,
    Send,
)
from adapters.http.edge.visit import Visit
from adapters.http.errors import (
    DeadlineExceeded,
    EdgeError,
    HeadersTooLarge,
    InternalError,
    Known,
    UriTooLong,
    answer_to,
    status_of,
)
from adapters.http.metrics import Metrics
from adapters.http.settings import Limits
from adapters.tracing import PASSING_ON, Kind, Span, Tracer
from events_core.errors import EventsError
from events_core.ports.clock import IdSource

#: What is written in the log for a caller that hung up before the answer.
CLIENT_CLOSED_REQUEST = 499

#: How much of a request id, which may be any text, goes into a log line.
LOGGED_REQUEST_ID = 128

_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
)

_log = structlog.get_logger(__name__)

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Outermost:
    """ASGI middleware that answers every request, whatever happens further in."""

    def __init__(
        self,
        app: Application,
        *,
        limits: Limits,
        ids: IdSource,
        metrics: Metrics,
        tracer: Tracer,
        draining: asyncio.Event,
    ) -> None:
        self._app = app
        self._limits = limits
        self._ids = ids
        self._metrics = metrics
        self._tracer = tracer
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request in and an answer out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit.begin(scope, self._ids)
        began = time.perf_counter()
        # Whoever looks every few seconds whether we are alive is worth no record.
        is_asked = scope["path"].startswith("/api/")
        tracer = self._tracer if is_asked else PASSING_ON
        method = visit.method if visit.method in _METHODS else "other"
        with (
            tracer.span(method, Kind.SERVER, within=visit.trace) as span,
            structlog.contextvars.bound_contextvars(
                request_id=visit.request_id[:LOGGED_REQUEST_ID], tenant=None, user=None
            ),
        ):
            try:
                await self._answered(visit, scope, receive, send)
            except (ClientGoneError, asyncio.CancelledError) as gone:
                visit.status = visit.status or CLIENT_CLOSED_REQUEST
                if isinstance(gone, asyncio.CancelledError):
                    raise
            finally:
                self._note(visit, method, time.perf_counter() - began)
                _describe(span, visit, method)

    async def _answered(
        self, visit: Visit, scope: Scope, receive: Receive, send: Send
    ) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                visit.must_close |= self._draining.is_set()
                headers = with_defaults(message.get("headers", ()), visit)
                message = {**message, "headers": headers}
            await send(message)

        try:
            self._check_head(scope)
            await self._app(scope, receive, send_marked)
        except ClientGoneError:
            raise
        except asyncio.CancelledError:  # The process ends, and has waited long enough.
            if self._draining.is_set() and not visit.status:
                await self._refuse(visit, DeadlineExceeded(), send_marked)
            raise
        except Exception as raised:
            error = known(raised)
            if error is None:
                _log.error("unexpected error", exc_info=raised)
                error = InternalError()
            visit.code = error.code
            if visit.status:  # Half an answer is out; the server must break it off.
                raise
            await self._refuse(visit, error, send_marked)

    async def _refuse(self, visit: Visit, error: Known, send: Send) -> None:
        visit.code = error.code
        answer = answer_to(
            error, request_id=visit.request_id, problem=visit.accepts_problems
        )
        await send_answer(answer, send)

    def _check_head(self, scope: Scope) -> None:
        url = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if url > self._limits.url:
            raise UriTooLong(self._limits.url)
        fields = scope["headers"]
        size = sum(len(name) + len(value) + 4 for name, value in fields)
        if len(fields) > self._limits.header_fields or size > self._limits.headers:
            raise HeadersTooLarge

    def _note(self, visit: Visit, method: str, seconds: float) -> None:
        self._metrics.answered(visit.operation, visit.status, seconds)
        told: dict[str, Any] = {"code": visit.code} if visit.code else {}
        if visit.replayed:
            told["replayed"] = True
        _log.info(
            "request",
            method=method,
            operation=visit.operation,
            status=visit.status,
            duration_ms=round(seconds * 1000, 2),
            **told,
        )


def _describe(span: Span, visit: Visit, method: str) -> None:
    if visit.route is not None:
        span.rename(f"{method} {visit.route}")
        span.note("http.route", visit.route)
    span.note("http.request.method", method)
    span.note("http.response.status_code", visit.status)
    if visit.code is not None:
        span.note("error.type", visit.code)
    if visit.status >= 500:
        span.fail(visit.code or "broken off")


def known(raised: BaseException) -> Known | None:
    """Return the error that tells what happened; None where it is none of ours.

    Of a group in which every one is known, the gravest.
    """
    if isinstance(raised, EventsError | EdgeError):
        return raised
    if isinstance(raised, BaseExceptionGroup):
        members = [known(member) for member in raised.exceptions]
        told = [member for member in members if member is not None]
        if len(told) == len(members):
            return max(told, key=status_of)
    return None
