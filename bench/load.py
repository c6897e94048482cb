"""Requests over real sockets, and what it costs to answer them."""

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from attrs import astuple, frozen

from adapters import signing
from bench.processes import Started

SECRET = b"known to everybody who reads the benchmarks"
CONNECTIONS = 8


@frozen
class Asker:
    """Who asks, in which tenant."""

    tenant_id: UUID
    user_id: UUID

    def request(self, method: str, target: str, body: bytes = b"") -> bytes:
        """Return a signed request as it travels; every one has an id of its own."""
        request_id, now = str(uuid4()), int(time.time())
        signature = signing.sign(
            SECRET,
            method=method,
            path=target.partition("?")[0].encode(),
            body=body,
            request_id=request_id.encode(),
            timestamp=now,
        )
        lines = [
            f"{method} {target} HTTP/1.1",
            "Host: bench",
            f"{signing.REQUEST_ID}: {request_id}",
            f"{signing.TENANT_ID}: {self.tenant_id}",
            f"{signing.TENANT_SLUG}: town",
            f"{signing.USER_ID}: {self.user_id}",
            f"{signing.MASTER_FLAGS}: {{}}",
            f"{signing.TIMESTAMP}: {now}",
            f"{signing.SIGNATURE}: {signature}",
        ]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


@frozen
class Reply:
    """What came back, and after how many seconds."""

    status: int
    body: bytes
    seconds: float


class _Connection(asyncio.Protocol):
    """One kept connection; one request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._reply: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        announced = head.lower().partition(b"content-length: ")[2]
        length = int(announced.split(b"\r")[0] or 0)  # 204 announces nothing
        if len(rest) >= length and self._reply:
            self._received.clear()
            self._reply.set_result((int(head[9:12]), bytes(rest)))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._reply and not self._reply.done():
            self._reply.set_exception(exc or ConnectionError("hung up"))

    async def ask(self, request: bytes) -> Reply:
        began = time.perf_counter()
        self._reply = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        status, body = await self._reply
        return Reply(status, body, time.perf_counter() - began)


async def ask(
    url: str, requests: Sequence[bytes], *, connections: int = CONNECTIONS
) -> list[Reply]:
    """Send all requests, each connection the next as soon as it is answered.

    Raises:
        RuntimeError: one was not answered with success.
    """
    place = urlsplit(url)
    loop = asyncio.get_running_loop()
    waiting: Iterator[bytes] = iter(requests)
    replies: list[Reply] = []

    async def one_by_one() -> None:
        transport, connection = await loop.create_connection(
            _Connection, place.hostname or "", place.port or 80
        )
        for request in waiting:
            reply = await connection.ask(request)
            if not 200 <= reply.status < 300:
                raise RuntimeError(f"{reply.status} {reply.body!r} to {request!r}")
            replies.append(reply)
        transport.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(connections, len(requests))):
            group.create_task(one_by_one())
    return replies


@frozen
class Cost:
    """What one request costs, on average of a round."""

    cpu_us: float
    """In the service's process."""
    database_us: float
    """In all processes of PostgreSQL."""
    per_second: float
    """Requests, by the clock on the wall; whoever asks shares the machine."""

    @property
    def per_cpu_second(self) -> float:
        """Requests for a second of the service's CPU."""
        return 1e6 / self.cpu_us


async def cost_of(
    server: Started, database_cpu: Callable[[], float], requests: Sequence[bytes]
) -> tuple[Cost, list[Reply]]:
    """Have a server answer the requests, and return what one of them cost."""
    cpu, database, began = server.cpu_seconds, database_cpu(), time.perf_counter()
    replies = await ask(server.url, requests)
    seconds = time.perf_counter() - began
    count = len(requests)
    cost = Cost(
        cpu_us=(server.cpu_seconds - cpu) / count * 1e6,
        database_us=(database_cpu() - database) / count * 1e6,
        per_second=count / seconds,
    )
    return cost, replies


def typical(costs: Sequence[Cost]) -> Cost:
    """Return the median of each."""
    columns = zip(*map(astuple, costs), strict=True)
    return Cost(*map(statistics.median, columns))
