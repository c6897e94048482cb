"""Whatever is sent to whichever route: no 500, an envelope, and no trace left."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.contract.service.caller import Caller, Person
from tests.contract.service.database import Place, count_rows
from tests.contract.service.hostility import (
    EVENT,
    PREFIXES,
    ROUTES,
    USER,
    WITH_BODY,
    as_path,
    as_query,
    as_target,
    as_value,
    odd_bodies,
    odd_bytes,
    odd_ids,
    odd_queries,
    odd_texts,
)
from tests.contract.service.process import Service
from tests.contract.service.raw import Reply, Request, check_refusal, send, signed

#: Books about requests, not about events: which signature came from whom, what is
#: being done, and how often who was refused in which minute. They are for requests that
#: are signed.
BOOKS = frozenset({"signature", "repeat", "audit_count"})

PROPERTY = settings(
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ]
)

Route = tuple[str, str, Mapping[str, Any], Mapping[str, Any] | None]


@frozen
class Target:
    """The service under attack, its database, and somebody who may do anything."""

    url: str
    database: asyncpg.Connection
    admin: Person
    event_id: str

    async def attack(self, request: Request, *, vouched_for: bool = True) -> Reply:
        """Send it, and check that what is refused is told well and leaves no trace."""
        free = BOOKS if vouched_for else frozenset()
        before = await self._rows(free)
        reply = await send(self.url, request)
        if reply.status >= 400:
            check_refusal(reply, method=request.method)
            assert await self._rows(free) == before
        return reply

    def path(self, prefix: str, template: str) -> bytes:
        """Return a route's path, about the event and about somebody unknown."""
        return prefix.encode() + as_path(template, self.event_id, uuid4())

    async def _rows(self, free: frozenset[str]) -> Mapping[str, int]:
        rows = await count_rows(self.database)
        return {table: count for table, count in rows.items() if table not in free}


@pytest.fixture(scope="module")
async def target(
    service: Service, caller: Caller, place: Place
) -> AsyncIterator[Target]:
    admin = Person().as_admin()
    event = await caller.create(by=admin, title="The target")
    database = await asyncpg.connect(place.superuser)
    yield Target(service.url, database, admin, event["id"])
    await database.close()
    # After all of it, what did get in can be looked at.
    page = await caller.listed("?status=draft,published&limit=250", by=admin)
    assert page["items"]
    for item in page["items"]:
        file = await caller.ask("GET", f"/{item['id']}/ics", by=admin)
        assert file.status_code == 200
    assert "Traceback" not in service.log
    assert not [r for r in service.records if r.get("status", 0) >= 500]


@given(
    prefix=st.sampled_from(PREFIXES),
    drawn=st.sampled_from(WITH_BODY).flatmap(
        lambda route: st.tuples(st.just(route), odd_bodies(route[3] or {}))
    ),
)
@PROPERTY
async def test_no_body_breaks_a_route(
    target: Target, prefix: str, drawn: tuple[Route, bytes]
) -> None:
    (method, template, _, _), body = drawn
    path = target.path(prefix, template)
    await target.attack(signed(target.admin, method.encode(), path, body))


@given(route=st.sampled_from(ROUTES), query=odd_queries(ROUTES[0][2]))
@PROPERTY
async def test_no_query_breaks_a_route(
    target: Target, route: Route, query: bytes
) -> None:
    method, template, _, body = route
    path = target.path(PREFIXES[0], template) + b"?" + query
    content = b"" if body is None else json.dumps(body).encode()
    await target.attack(signed(target.admin, method.encode(), path, content))


@given(
    route=st.sampled_from(ROUTES),
    prefix=st.sampled_from(PREFIXES),
    piece=st.one_of(
        st.one_of(odd_ids, odd_texts).map(as_query),
        odd_bytes.map(as_target),
        st.sampled_from((b"..", b"%2e%2e", b"%2F", b"//", b"%00", b"%", b"%zz", b";")),
    ),
)
@PROPERTY
async def test_no_path_breaks_a_route(
    target: Target, route: Route, prefix: str, piece: bytes
) -> None:
    method, template, _, body = route
    path = prefix.encode() + template.encode()
    for placeholder in (EVENT, USER):
        path = path.replace(placeholder.encode(), piece)
    if EVENT not in template and USER not in template:
        path += b"/" + piece
    content = b"" if body is None else json.dumps(body).encode()
    await target.attack(signed(target.admin, method.encode(), path, content))


HEADERS = (
    b"X-Request-Id",
    b"X-Tenant-Id",
    b"X-Tenant-Slug",
    b"X-User-Id",
    b"X-Master-Flags",
    b"X-Updspace-Timestamp",
    b"X-Updspace-Signature",
    b"Authorization",
    b"Content-Type",
    b"Accept",
    b"Accept-Encoding",
    b"Cookie",
    b"If-Match",
    b"If-None-Match",
    b"Idempotency-Key",
    b"X-Forwarded-For",
)
odd_headers = st.one_of(
    odd_bytes,
    odd_texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        (
            b'{"system_admin": true}',
            b'{"system_admin": "yes", "banned": 1, "status": {"a": []}}',
            b'{"status": "BANNED"}',
            b'{"a":' * 800,
            b'"1-0f1e2d3c4b5a6978", *',
            b"W/" * 300,
            b"Bearer x",
            b"9" * 4000,
            b"-1",
            b"1e9",
        )
    ),
).map(as_value)


@given(
    route=st.sampled_from(ROUTES),
    headers=st.dictionaries(
        st.sampled_from(HEADERS), odd_headers, min_size=1, max_size=3
    ),
    request_id=st.none() | odd_headers,
)
@example(route=WITH_BODY[0], headers={b"X-Master-Flags": b"-1"}, request_id=None)
@PROPERTY
async def test_no_header_breaks_a_route(
    target: Target,
    route: Route,
    headers: dict[bytes, bytes],
    request_id: bytes | None,
) -> None:
    method, template, _, body = route
    path = target.path(PREFIXES[0], template)
    content = b"" if body is None else json.dumps(body).encode()
    request = signed(
        target.admin,
        method.encode(),
        path,
        content,
        request_id=request_id,
        others=tuple(headers.items()),
    )
    await target.attack(request)


TEN_MEGABYTES = 10_000_000
HUGE: Mapping[str, bytes] = {
    "of text": b'{"title":"' + b"x" * TEN_MEGABYTES + b'"}',
    "of nothing": b"\x00" * TEN_MEGABYTES,
    "of lists": b"[" * 200_000,
    "of objects": b'{"a":' * 40_000,
    "of lists, to the end": b"[" * 100_000 + b"]" * 100_000,
    "of members": json.dumps({f"m{n}": n for n in range(15_000)}).encode(),
    "of one number": b'{"title":' + b"9" * 200_000 + b"}",
    "of quotes": b'{"title":"' + b'\\"' * 100_000,
}


@pytest.mark.parametrize("body", HUGE.values(), ids=[*HUGE])
@pytest.mark.parametrize("route", WITH_BODY, ids=lambda r: f"{r[0]}{r[1]}")
async def test_no_size_breaks_a_route(
    target: Target, route: Route, body: bytes
) -> None:
    path = target.path(PREFIXES[0], route[1])
    request = signed(target.admin, route[0].encode(), path, body)
    reply = await target.attack(request)
    assert reply.status in {400, 413, 422}
    if len(body) >= TEN_MEGABYTES:
        assert reply.status == 413
        in_chunks = (b"Transfer-Encoding", b"chunked")
        headers = [h for h in request.headers if h[0] != b"Content-Length"]
        chunk = b"%x\r\n%b\r\n" % (len(body), body)
        chunked = evolve(request, headers=(*headers, in_chunks), body=chunk)
        assert (await target.attack(chunked)).status == 413


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r[0]}{r[1]}")
async def test_who_is_not_vouched_for_leaves_no_trace_at_all(
    target: Target, route: Route
) -> None:
    method, template, _, body = route
    path = target.path(PREFIXES[0], template)
    content = b"" if body is None else json.dumps(body).encode()
    sound = signed(target.admin, method.encode(), path, content)
    told = dict(sound.headers)
    mac = told[b"X-Updspace-Signature"]
    stale = str(int(told[b"X-Updspace-Timestamp"]) - 301).encode()
    changes: tuple[Mapping[bytes, bytes | None], ...] = (
        *({name: None} for name in told if name.startswith(b"X-") and b"M" not in name),
        {b"X-Updspace-Signature": mac.upper()},
        {b"X-Updspace-Signature": mac[:-1]},
        {b"X-Updspace-Signature": mac + b"0"},
        {b"X-Updspace-Signature": b"\xff" * 64},
        {b"X-Updspace-Timestamp": stale},
        {b"X-Updspace-Timestamp": b"now"},
        {b"X-Updspace-Timestamp": b"9" * 30},
        {b"X-Request-Id": b"another"},
        {b"X-Tenant-Id": b"home"},
        {b"X-User-Id": b"me"},
    )
    for change in changes:
        headers = tuple((n, v) for n, v in {**told, **change}.items() if v is not None)
        request = evolve(sound, headers=headers)
        reply = await target.attack(request, vouched_for=False)
        assert reply.status in {400, 401}
    other_body = evolve(sound, body=content[:-1] + b" ") if content else sound
    other_path = evolve(other_body, target=sound.target + b"/")
    assert (await target.attack(other_path, vouched_for=False)).status == 401
