"""One neighbour: pooled connections, signed calls, and never a wait without end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Protocol, TypeVar

import httpx

from adapters.portal.context import signed_context
from adapters.portal.lanes import Lanes
from adapters.tracing import PASSING_ON, Kind, Span, Tracer, current_headers
from events_core.domain.actors import Actor

CONNECT_SECONDS = 0.5

T = TypeVar("T")


class Outcome(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    GARBLED = "garbled"
    """Not in the shape agreed on, too long, or cut off."""
    REFUSED = "refused"
    """A status that answers nothing: a redirect, 401, 403…"""
    FAILED = "failed"
    """A status of 500 or above."""
    LATE = "late"
    UNREACHABLE = "unreachable"
    ABANDONED = "abandoned"
    """Nobody waited for the answer any more."""


class Observer(Protocol):
    """Counts calls; called once for each, quickly, and never raises."""

    def __call__(self, neighbour: str, outcome: Outcome, seconds: float, /) -> None:
        """Take note of a call that ended, and how long it took."""
        ...


def observe_nothing(neighbour: str, outcome: Outcome, seconds: float, /) -> None:
    """Take no note."""


class Neighbour:
    """A service we put questions to. Made by ``open_neighbour``; for one event loop.

    What is asked must be harmless to ask twice: a question whose connection was lost
    before the answer began is asked once more.
    """

    def __init__(
        self,
        name: str,
        base: httpx.URL,
        lanes: Lanes,
        *,
        secret: bytes,
        now: Callable[[], float],
        observe: Observer,
        tracer: Tracer,
        call_seconds: float,
        connections: int,
    ) -> None:
        self.name = name
        self._base = base
        self._lanes = lanes
        self._secret = secret
        self._now = now
        self._observe = observe
        self._tracer = tracer
        self._call_seconds = call_seconds
        self._turns = asyncio.Semaphore(connections)

    async def ask(
        self,
        actor: Actor,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        understand: Callable[[int, bytes], T | None],
    ) -> T | None:
        """Put a question in the actor's name; return the answer, None if there is none.

        ``path`` is below the neighbour's address; ``query`` goes unsigned, as agreed.
        ``understand`` gets the status and
        the whole body, at most 64 kB of it, and returns None where that says nothing.
        None is also whatever goes wrong on the way, and an answer that is not
        complete ``call_seconds`` after the question went out; waiting for a free
        connection does not count, so the caller sets a limit to the whole.
        """
        loop = asyncio.get_running_loop()
        async with self._turns:
            started = loop.time()
            outcome = Outcome.ABANDONED
            with self._tracer.span(f"{method} {self.name}", Kind.CLIENT) as span:
                try:
                    async with asyncio.timeout(self._call_seconds):
                        request = self._request(actor, method, path, query, body)
                        status, content = await self._lanes.exchange(request)
                    span.note("http.response.status_code", status)
                    answer = None if content is None else understand(status, content)
                    outcome = _outcome(status) if answer is None else Outcome.ANSWERED
                except (TimeoutError, httpx.TimeoutException):
                    outcome, answer = Outcome.LATE, None
                except httpx.TransportError:
                    outcome, answer = Outcome.UNREACHABLE, None
                finally:
                    self._observe(self.name, outcome, loop.time() - started)
                    self._note(span, method, outcome)
        return answer

    def _note(self, span: Span, method: str, outcome: Outcome) -> None:
        span.note("http.request.method", method)
        span.note("peer.service", self.name)
        span.note("events_core.outcome", outcome.value)
        if outcome not in {Outcome.ANSWERED, Outcome.ABANDONED}:
            span.fail(outcome.value)

    def _request(
        self,
        actor: Actor,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: bytes,
    ) -> httpx.Request:
        url = self._base.copy_with(path=self._base.path.rstrip("/") + path)
        headers = signed_context(
            actor,
            secret=self._secret,
            method=method,
            path=url.raw_path,
            body=body,
            timestamp=int(self._now()),
        )
        headers |= {"Accept-Encoding": "identity", "User-Agent": "events-core"}
        headers |= current_headers()
        if body:
            headers["Content-Type"] = "application/json"
        patience = httpx.Timeout(
            self._call_seconds, connect=min(CONNECT_SECONDS, self._call_seconds)
        )
        return httpx.Request(
            method,
            url.copy_merge_params(query) if query else url,
            headers=headers,
            content=body or None,
            extensions={"timeout": patience.as_dict()},
        )


@asynccontextmanager
async def open_neighbour(
    name: str,
    base_url: str,
    *,
    secret: bytes,
    now: Callable[[], float] = time.time,
    observe: Observer = observe_nothing,
    tracer: Tracer = PASSING_ON,
    call_seconds: float = 1.0,
    connections: int = 32,
) -> AsyncIterator[Neighbour]:
    """Hold a pool of connections to a neighbour for as long as the context lasts.

    ``base_url`` may have a path, such as ``/api/v1``. ``now`` is in Unix seconds.
    No proxy, credentials or other setting is taken from the environment, no redirect
    is followed, and no cookie is kept: each call stands for one person alone.

    Raises:
        ValueError: ``base_url`` is no http or https address with a host, or has a
            query, fragment or credentials.
    """
    base = _base(base_url)
    async with Lanes(base.scheme) as lanes:
        yield Neighbour(
            name,
            base,
            lanes,
            secret=secret,
            now=now,
            observe=observe,
            tracer=tracer,
            call_seconds=call_seconds,
            connections=connections,
        )


def read_object(content: bytes) -> Mapping[str, object] | None:
    """Return a JSON object, None for anything else.

    Two members of one name are no object: readers would differ on what they say.
    """
    try:
        value = json.loads(content, object_pairs_hook=_unambiguous)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _outcome(status: int) -> Outcome:
    if status >= 500:
        return Outcome.FAILED
    return Outcome.GARBLED if status == 200 else Outcome.REFUSED


def _base(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
        url.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        raise ValueError("the base URL is not an address") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("the base URL is not an address with http or https and a host")
    if url.port is not None and not 0 < url.port < 65_536:
        raise ValueError("the base URL is not an address with a port that can be")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("the base URL is an address with more than a path")
    return url
