"""Requests as bytes, so that nothing stands between what is hostile and the service."""

import asyncio
import hashlib
import hmac
import io
import time
from collections.abc import Sequence
from http.client import HTTPResponse
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
from attrs import frozen

from tests.contract.service.caller import Person
from tests.unit.adapters.http.edge.toy import SECRET

Headers = Sequence[tuple[bytes, bytes]]


@frozen
class Request:
    """A request as it goes over the wire; ``target`` is path and query."""

    method: bytes
    target: bytes
    headers: Headers = ()
    body: bytes = b""

    def __bytes__(self) -> bytes:
        head = [self.method + b" " + self.target + b" HTTP/1.1", b"Host: events"]
        head += [name + b": " + value for name, value in self.headers]
        return b"\r\n".join(head) + b"\r\n\r\n" + self.body


@frozen
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


def signed(
    person: Person,
    method: bytes,
    target: bytes,
    body: bytes = b"",
    *,
    request_id: bytes | None = None,
    others: Headers = (),
) -> Request:
    """Return a request whose signature holds, whatever is in it."""
    request_id = str(uuid4()).encode() if request_id is None else request_id
    stamp = str(int(time.time())).encode()
    digest = hashlib.sha256(body).hexdigest().encode()
    lines = (method, target.partition(b"?")[0], digest, request_id, stamp)
    mac = hmac.new(SECRET, b"\n".join(lines), hashlib.sha256).hexdigest()
    context = {
        b"X-Request-Id": request_id,
        b"X-Tenant-Id": str(person.tenant).encode(),
        b"X-Tenant-Slug": b"home",
        b"X-User-Id": str(person.user).encode(),
        b"X-Master-Flags": person.flags.encode(),
        b"X-Updspace-Timestamp": stamp,
        b"X-Updspace-Signature": mac.encode(),
        b"Content-Length": str(len(body)).encode(),
    }
    if body:
        context[b"Content-Type"] = b"application/json"
    context |= dict(others)
    return Request(method, target, tuple(context.items()), body)


async def send(url: str, request: Request) -> Reply:
    """Send a request over a connection of its own and return the reply."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        async with asyncio.timeout(30):
            writer.write(bytes(request))
            reading = asyncio.create_task(_reply(reader, request.method))
            sending = asyncio.create_task(_drained(writer))
            reply = await reading
            sending.cancel()
            return reply
    finally:
        writer.close()


async def _drained(writer: asyncio.StreamWriter) -> None:
    try:
        await writer.drain()
    except ConnectionError:
        return  # it had read enough


async def _reply(reader: asyncio.StreamReader, method: bytes) -> Reply:
    head = await reader.readuntil(b"\r\n\r\n")
    parsed = HTTPResponse(cast(Any, _Socket(head)))
    parsed.begin()
    headers = {name.lower(): value for name, value in parsed.getheaders()}
    length = 0 if method == b"HEAD" else int(headers.get("content-length", "0"))
    return Reply(parsed.status, headers, await reader.readexactly(length))


class _Socket:
    """As much of a socket as the standard library's parser looks at."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def check_refusal(reply: Reply, *, method: bytes = b"GET") -> None:
    """Check that an error is told as every error is, and is none of the service's."""
    assert 400 <= reply.status < 500, (reply.status, reply.body)
    assert reply.headers["content-type"] in {
        "application/json",
        "application/problem+json",
    }
    if method == b"HEAD":
        return
    told = orjson.loads(reply.body)
    assert told.keys() == {"type", "title", "status", "detail", "instance", "error"}
    error = told["error"]
    assert error.keys() == {"code", "message", "details", "request_id"}
    assert told["status"] == reply.status
    assert error["code"].replace("_", "").isupper()
    assert isinstance(error["details"], dict)
    for trace in (b"Traceback", b'.py"', b"line "):
        assert trace not in reply.body
