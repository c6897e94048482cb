"""Whoever calls the service: somebody of some tenant, who knows the secret."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from attrs import field, frozen

from tests.unit.adapters.http.edge.toy import EVENTS, SECRET, signed

#: What suffices to plan events anywhere, without a role that somebody had to give.
ADMIN = '{"system_admin": true}'

#: A start in good time, with which an event takes answers.
SOON = "2031-05-05T19:00:00Z"


@frozen
class Person:
    """Somebody who asks, and what the platform says of her."""

    tenant: UUID = field(factory=uuid4)
    user: UUID = field(factory=uuid4)
    flags: str = "{}"

    def as_admin(self) -> "Person":
        """Return her as one to whom everything is permitted."""
        return Person(self.tenant, self.user, ADMIN)


def somebody_of(tenant: UUID) -> Person:
    """Return somebody new of a tenant."""
    return Person(tenant)


@frozen
class Caller:
    """Sends requests, signed as the description of the signature has it."""

    client: httpx.AsyncClient
    now: Callable[[], float] = time.time

    async def ask(
        self,
        method: str,
        url: str,
        body: object = None,
        *,
        by: Person,
        request_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a signed request below ``/api/v1/events`` and return the answer."""
        url = EVENTS + url
        content = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            content = orjson.dumps(body)
        told = signed(
            method,
            url,
            content,
            secret=SECRET,
            tenant=str(by.tenant),
            user=str(by.user),
            flags=by.flags,
            request_id=request_id or str(uuid4()),
            timestamp=int(self.now()),
        )
        if content:
            told["Content-Type"] = "application/json"
        return await self.client.request(
            method, url, content=content, headers={**told, **(headers or {})}
        )

    async def create(self, *, by: Person, **fields: object) -> dict[str, Any]:
        """Create an event, whatever the creator may otherwise do, and return it."""
        body = {"title": "Chess night", "startsAt": SOON, **fields}
        answer = await self.ask("POST", "/", body, by=by.as_admin())
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def listed(self, query: str = "", *, by: Person) -> dict[str, Any]:
        """Return a page of the list."""
        answer = await self.ask("GET", f"/{query}", by=by)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@asynccontextmanager
async def calling(
    target: str | httpx.ASGITransport, *, at_once: int = 100
) -> AsyncIterator[Caller]:
    """Have a caller of a service: at an address, or in this process."""
    if isinstance(target, str):
        limits = httpx.Limits(max_connections=at_once)
        base: str = target
        transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport(limits=limits)
    else:
        base, transport = "http://events", target
    async with httpx.AsyncClient(
        base_url=base,
        transport=transport,
        timeout=httpx.Timeout(30, pool=None),
        trust_env=False,
    ) as client:
        yield Caller(client)


async def insist(
    caller: Caller, method: str, url: str, body: object, *, by: Person
) -> httpx.Response:
    """Ask as the web client does: again, with the same id, until it is not too much.

    How much at once is too much hangs on the machine; that nothing is lost, and
    nothing done twice, does not.
    """
    request_id = str(uuid4())
    while True:
        answer = await caller.ask(method, url, body, by=by, request_id=request_id)
        if answer.status_code != 503:
            return answer
        assert "Retry-After" in answer.headers
