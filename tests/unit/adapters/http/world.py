"""The real operations behind the real edge, over a core in memory.

Every answer it gets is held against ``openapi.yaml``: its status, its media type, its
headers and its body must be promised there.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import jsonschema_rs
import orjson
from attrs import define, field
from starlette.applications import Starlette

from adapters import signing
from adapters.http.app import create_app
from adapters.http.pages import pages
from adapters.http.routes import OPERATIONS
from adapters.http.schema import Document, OpenApiContract, load
from adapters.http.schema.document import Schema
from adapters.http.settings import HttpSettings
from adapters.readings import Reading
from events_core import Actor, EventsCore, Scope
from events_core.testing.builders import an_actor
from events_core.testing.memory import MemoryStore
from events_core.testing.outbox import MemoryOutbox
from events_core.testing.people import MemoryAccess, MemoryMemberships
from events_core.testing.publishing import MemoryPublishing
from events_core.testing.repeats import MemoryRepeats, MemorySignatures
from tests.unit.adapters.http.edge.toy import (
    EVENTS,
    SECRET,
    RandomIds,
    SetClock,
    check_envelope,
    ready,
)


async def counted() -> Iterable[Reading]:
    """Count what there is to count, wherever that may be."""
    names = ("events_total", "rsvp_total", "outbox_pending", "outbox_failed")
    numbers = [Reading(name, "Counted.", 3) for name in names]
    return *numbers, Reading("outbox_oldest_seconds", "Age.", 0.5)


CONTRACT = OpenApiContract.of_this_service()
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@define
class World:
    """A service with nothing in it yet, and an organizer of the whole tenant."""

    clock: SetClock = field(factory=SetClock)
    memberships: MemoryMemberships = field(factory=MemoryMemberships)
    access: MemoryAccess = field(factory=MemoryAccess)
    repeats: MemoryRepeats = field(factory=MemoryRepeats)
    organizer: Actor = field(factory=an_actor)
    outbox: MemoryOutbox = field(factory=MemoryOutbox)
    core: EventsCore = field(init=False)
    app: Starlette = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.access.bind(self.organizer, Scope.of_tenant(self.organizer.tenant_id))
        store = MemoryStore()
        self.core = EventsCore(
            store=store,
            memberships=self.memberships,
            access=self.access,
            clock=self.clock,
            ids=RandomIds(),
            pass_keys=(b"k" * 32,),
            publishing=MemoryPublishing(self.outbox.queue, store),
        )
        self.app = create_app(
            self.core,
            operations=OPERATIONS,
            contract=CONTRACT,
            repeats=self.repeats,
            signatures=MemorySignatures(),
            settings=HttpSettings(secrets=(SECRET,)),
            readiness=ready,
            measure=counted,
            pages=pages(),
        )

    def somebody(self) -> Actor:
        """Return somebody else of the same tenant."""
        return an_actor(self.organizer.tenant_id)

    async def ask(
        self,
        method: str,
        url: str,
        body: object = None,
        *,
        by: Actor | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
        flags: str | None = None,
    ) -> httpx.Response:
        """Send a signed request below ``/api/v1/events``; check what comes back."""
        actor = by or self.organizer
        url = EVENTS + url
        content = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            content = orjson.dumps(body)
        told = self.signed_headers(
            method, url, content, by=actor, request_id=request_id
        )
        if flags is not None:
            told[signing.MASTER_FLAGS] = flags
        if content:
            told["Content-Type"] = "application/json"
        return await self.send(method, url, content, {**told, **(headers or {})})

    def signed_headers(
        self,
        method: str,
        url: str,
        content: bytes = b"",
        *,
        by: Actor | None = None,
        request_id: str | None = None,
    ) -> dict[str, str]:
        """Return the signed context of a request."""
        actor = by or self.organizer
        request_id = request_id or str(uuid4())
        timestamp = int(self.clock.now().timestamp())
        return {
            signing.REQUEST_ID: request_id,
            signing.TENANT_ID: str(actor.tenant_id),
            signing.TENANT_SLUG: "home",
            signing.USER_ID: str(actor.user_id),
            signing.TIMESTAMP: str(timestamp),
            signing.SIGNATURE: signing.sign(
                SECRET,
                method=method,
                path=httpx.URL(url).raw_path.partition(b"?")[0],
                body=content,
                request_id=request_id.encode(),
                timestamp=timestamp,
            ),
        }

    async def send(
        self,
        method: str,
        url: str,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request as it is; check what comes back."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://events"
        ) as client:
            response = await client.request(
                method, url, content=content, headers=dict(headers or {})
            )
        check_promised(method, url, response)
        return response

    async def create(self, **fields: object) -> dict[str, Any]:
        """Let the organizer create an event and return it as it is shown."""
        return await self.create_by(self.organizer, **fields)

    async def create_by(self, creator: Actor, **fields: object) -> dict[str, Any]:
        """Create an event and return it as it is shown."""
        body = {"title": "Chess night", "startsAt": "2027-04-01T19:00:00Z", **fields}
        response = await self.ask("POST", "/", body, by=creator)
        assert response.status_code == 201, response.text
        return dict(response.json())


def check_refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is this error; return its details."""
    check_envelope(response, status, code)
    return dict(response.json()["error"]["details"])


def check_promised(method: str, url: str, response: httpx.Response) -> None:
    """Check that the contract promises such an answer to such a request."""
    document = load()
    described = _described(document, method, urlsplit(url).path)
    if described is None:
        if response.is_success or response.is_redirect:
            assert url.startswith(("/docs", "/redoc")), url
            return
        assert response.status_code in {404, 405}, url
        _check_body(document, {"$ref": "#/components/schemas/Error"}, response)
        return
    promised = described["responses"]
    assert str(response.status_code) in promised, (url, response.text)
    answer = document.resolved(promised[str(response.status_code)])
    for name, header in answer.get("headers", {}).items():
        promise = document.resolved(header)
        if name not in response.headers:
            assert not promise.get("required"), (url, name)
        else:
            check_against(document, promise["schema"], response.headers[name])
    content = answer.get("content")
    if content is None:
        assert response.content == b""
        return
    media_type = response.headers["content-type"].partition(";")[0]
    assert media_type in content, (url, media_type)
    if method != "HEAD":
        _check_body(document, content[media_type]["schema"], response)


def _described(document: Document, method: str, path: str) -> Mapping[str, Any] | None:
    method = "get" if method == "HEAD" else method.lower()
    segments = _without_prefix(path)
    templates = document.content["paths"]
    for template in sorted(templates, key=lambda path: path.count("{")):
        parts, item = _without_prefix(template), templates[template]
        fits = len(parts) == len(segments) and all(
            part == segment or part.startswith("{")
            for part, segment in zip(parts, segments, strict=True)
        )
        if fits and method in item:
            return dict(item[method])
    return None


def _without_prefix(path: str) -> list[str]:
    """Return the segments of a path, the same ones for all its spellings."""
    segments = path.strip("/").split("/")
    if segments[:2] == ["api", "v1"]:
        tail = segments[2:]
        return ["api", "v1", *(tail[1:] if tail[:1] == ["events"] else tail)]
    return segments


def _check_body(document: Document, schema: Schema, response: httpx.Response) -> None:
    is_json = "json" in response.headers["content-type"]
    value = orjson.loads(response.content) if is_json else response.text
    check_against(document, schema, value)


def check_against(document: Document, schema: Schema, value: object) -> None:
    jsonschema_rs.validator_for(
        {
            "$schema": _DIALECT,
            "components": {"schemas": document.components["schemas"]},
            **schema,
        },
        validate_formats=True,
    ).validate(value)
