"""A service of a few made-up operations, to see the edge alone at work."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack, cast
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

import httpx
import orjson
from attrs import define, field
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.http.app import create_app
from adapters.http.errors import InvalidJson
from adapters.http.handling import Answer, Call, Hear, Operation, hear_nobody
from adapters.http.operation import Measure, Readiness
from adapters.http.settings import HttpSettings, Limits
from adapters.readings import Reading
from adapters.tracing import Trace, current
from events_core import errors
from events_core.ports.people import Access, Memberships
from events_core.ports.repeats import Repeats, Signatures
from events_core.ports.store import Store
from events_core.testing.repeats import MemoryRepeats, MemorySignatures
from events_core.usecases.core import EventsCore

SECRET = b"the present secret, 32 bytes or more"
OLD_SECRET = b"the previous secret, 32 bytes or more"
TENANT = "7b0d3c1e-0000-7000-8000-000000000001"
USER = "7b0d3c1e-0000-7000-8000-0000000000aa"
EVENT = "7b0d3c1e-0000-7000-8000-0000000000ee"
NOW = datetime(2027, 3, 21, 19, 0, tzinfo=UTC)
EVENTS = "/api/v1/events"

Json = Mapping[str, object] | bytes | None


class Context(TypedDict, total=False):
    """What a caller may say of herself, and of the signature."""

    secret: bytes
    request_id: str
    timestamp: int
    tenant: str
    user: str
    flags: str
    path: str


@define
class SetClock:
    """A clock that stands where it is set."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


class RandomIds:
    def new(self) -> UUID:
        return uuid4()


class ToyContract:
    """JSON or nothing; ``{"title": ""}`` is against the rules."""

    def check(
        self, operation_id: str, query_string: bytes, body: bytes
    ) -> tuple[Mapping[str, Any], Any]:
        query = dict(parse_qsl(query_string.decode("latin-1")))
        try:
            parsed = orjson.loads(body) if body else None
        except orjson.JSONDecodeError:
            raise InvalidJson from None
        if isinstance(parsed, dict) and parsed.get("title") == "":
            raise errors.InvalidFields({"title": ("must not be empty",)})
        return query, parsed


@define
class Toy:
    """What the operations did, and how they behave."""

    made: list[UUID] = field(factory=list)
    calls: list[Call] = field(factory=list)
    traces: list[Trace | None] = field(factory=list)
    allowed: bool = True
    gate: asyncio.Event | None = None
    started: asyncio.Event = field(factory=asyncio.Event)
    fail: Callable[[], BaseException] | None = None
    answer: Answer | None = None

    async def look(self, call: Call) -> Answer:
        self.calls.append(call)
        self.traces.append(current())
        return self.answer or Answer(200, b'{"items":[]}')

    async def make(self, call: Call) -> Answer:
        self.calls.append(call)
        self.started.set()
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(call.body, dict):
            await asyncio.sleep(call.body.get("sleep", 0))
            time.sleep(call.body.get("block", 0))  # noqa: ASYNC251 - a fault to test
        if self.fail is not None:
            raise self.fail()
        if self.answer is not None:
            return self.answer
        self.made.append(call.seed)
        return Answer(
            201,
            orjson.dumps({"id": str(call.seed)}),
            headers=(("Location", f"{EVENTS}/{call.seed}"),),
        )

    async def remove(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(204)

    async def may_repeat(self, call: Call) -> None:
        if not self.allowed:
            raise errors.PermissionDenied("do this again")

    def operations(self) -> tuple[Operation, ...]:
        def changing(
            method: str,
            path: str,
            name: str,
            handler: Callable[[Call], Awaitable[Answer]],
        ) -> Operation:
            return Operation(method, path, name, handler, self.may_repeat)

        return (
            Operation("GET", "/events", "listEvents", self.look),
            changing("POST", "/events", "createEvent", self.make),
            changing("POST", "/events/batch", "createEvents", self.make),
            Operation(
                "POST",
                "/events/imports",
                "importEvents",
                self.make,
                self.may_repeat,
                takes=frozenset({"text/calendar"}),
                body_limit=2_000_000,
            ),
            Operation("GET", "/events/{event_id}", "getEvent", self.look),
            changing("PATCH", "/events/{event_id}", "updateEvent", self.make),
            changing("DELETE", "/events/{event_id}", "deleteEvent", self.remove),
            changing("POST", "/events/{event_id}/rsvp", "setRsvp", self.make),
            Operation(
                "GET", "/events/{event_id}/history/{version}", "getVersion", self.look
            ),
            changing(
                "PUT", "/events/{event_id}/roles/{user_id}", "giveRole", self.make
            ),
            changing(
                "PUT",
                "/events/{event_id}/roles/{kind}/{group_id}",
                "giveGroupRole",
                self.make,
            ),
            Operation("GET", "/events/me", "getMe", self.look),
            Operation(
                "GET",
                "/internal/dsar/users/{user_id}/export",
                "exportPerson",
                self.look,
            ),
            changing(
                "POST", "/internal/dsar/users/{user_id}/erase", "erasePerson", self.make
            ),
        )


async def ready() -> Readiness:
    return Readiness({"database": True, "migrations": True}, {"relayAgeSeconds": 3})


async def measured() -> Iterable[Reading]:
    return (
        Reading("events_total", "Events.", 3),
        Reading("subscription_lag_seconds", "Lag.", 1.5, {"subscription": "a"}),
        Reading("subscription_lag_seconds", "Lag.", 0, {"subscription": "b"}),
    )


@define
class Service:
    """The toy behind the real edge, and a caller who knows the secret."""

    toy: Toy = field(factory=Toy)
    clock: SetClock = field(factory=SetClock)
    repeats: Repeats = field(factory=MemoryRepeats)
    signatures: Signatures = field(factory=MemorySignatures)
    settings: HttpSettings = HttpSettings(secrets=(SECRET, OLD_SECRET))
    readiness: Callable[[], Awaitable[Readiness]] = ready
    measure: Measure = measured
    pages: tuple[Route, ...] = ()
    draining: asyncio.Event = field(factory=asyncio.Event)
    client_address: tuple[str, int] = ("127.0.0.1", 123)
    hear: Hear = hear_nobody
    _app: Starlette | None = None

    @property
    def app(self) -> Starlette:
        if self._app is None:
            self._app = create_app(
                EventsCore(
                    store=cast(Store, None),
                    memberships=cast(Memberships, None),
                    access=cast(Access, None),
                    clock=self.clock,
                    ids=RandomIds(),
                ),
                operations=self.toy.operations(),
                contract=ToyContract(),
                repeats=self.repeats,
                signatures=self.signatures,
                hear=self.hear,
                settings=self.settings,
                readiness=self.readiness,
                measure=self.measure,
                pages=self.pages,
                draining=self.draining,
            )
        return self._app

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | Sequence[tuple[bytes, bytes]] = (),
        content: bytes | AsyncIterator[bytes] = b"",
    ) -> httpx.Response:
        """Send a request with exactly these headers (and those httpx adds)."""
        if isinstance(headers, Mapping):
            headers = [(k.encode(), v.encode()) for k, v in headers.items()]
        transport = httpx.ASGITransport(self.app, client=self.client_address)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://events"
        ) as client:
            return await client.request(
                method, url, headers=list(headers), content=content
            )

    async def call(
        self,
        method: str,
        url: str,
        body: Json = None,
        *,
        headers: Mapping[str, str] | None = None,
        **context: Unpack[Context],
    ) -> httpx.Response:
        """Send a signed request."""
        content = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            content = orjson.dumps(body)
        context.setdefault("timestamp", int(self.clock.now().timestamp()))
        told = signed(method, url, content, **context)
        if content:
            told["Content-Type"] = "application/json"
        return await self.send(
            method, url, headers={**told, **(headers or {})}, content=content
        )


def signed(
    method: str,
    url: str,
    body: bytes = b"",
    **context: Unpack[Context],
) -> dict[str, str]:
    """Return the headers of the signed context, as its description has them."""
    request_id = context.get("request_id") or str(uuid4())
    at = context.get("timestamp", int(NOW.timestamp()))
    lines = [
        method,
        context.get("path")
        or httpx.URL("http://events" + url).raw_path.decode().split("?")[0],
        hashlib.sha256(body).hexdigest(),
        request_id,
        str(at),
    ]
    secret, signed_text = context.get("secret", SECRET), "\n".join(lines)
    mac = hmac.new(secret, signed_text.encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Request-Id": request_id,
        "X-Tenant-Id": context.get("tenant", TENANT),
        "X-Tenant-Slug": "home",
        "X-User-Id": context.get("user", USER),
        "X-Updspace-Timestamp": str(at),
        "X-Updspace-Signature": mac,
    }
    if "flags" in context:
        headers["X-Master-Flags"] = context["flags"]
    return headers


def check_envelope(
    response: httpx.Response, status: int, code: str
) -> Mapping[str, object]:
    """Check that an answer is an error, told as every error is; return its details."""
    told: dict[str, Any] = response.json()
    assert (response.status_code, told["error"]["code"]) == (status, code)
    assert told.keys() == {"type", "title", "status", "detail", "instance", "error"}
    assert told["error"].keys() == {"code", "message", "details", "request_id"}
    assert told["status"] == status
    assert told["detail"] == told["error"]["message"]
    assert told["instance"].startswith("urn:request:")
    assert "Traceback" not in response.text
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    details: Mapping[str, object] = told["error"]["details"]
    return details


def limited(limits: Limits) -> HttpSettings:
    """Return settings with other limits."""
    return HttpSettings(secrets=(SECRET, OLD_SECRET), limits=limits)
