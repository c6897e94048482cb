"""Whatever a subscriber does, it is over soon and costs little."""

import asyncio
import itertools
import socket
import ssl
import struct
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.outbox import client as module
from adapters.outbox.client import Answer, WebhookClient
from tests.unit.adapters.outbox.sink import Sink

# Of nobody's: made for these tests, and vouched for by itself alone.
_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXktC46lIMmSqsacD
BacjxQ8PQh1Tw8BqsCdMmxI7k9WhRANCAARYI8kNOwjy35zMbiSB0JBqLL2kDxeH
m+c7yapgJ/VRbkkj82OTHKGldgb4Ye/QnEKbmX7fN+ncA/1IHcdjTsF6
-----END PRIVATE KEY-----
"""
_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUb/PszaDc78dnpEZuFfYjleEljhAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMTE1MzIyNFoYDzIxMjYxMDI4
MTUzMjI0WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARYI8kNOwjy35zMbiSB0JBqLL2kDxeHm+c7yapgJ/VRbkkj82OTHKGl
dgb4Ye/QnEKbmX7fN+ncA/1IHcdjTsF6o2QwYjAdBgNVHQ4EFgQUNTJuezcdOI/z
cTWrKkUIkMdLjV4wHwYDVR0jBBgwFoAUNTJuezcdOI/zcTWrKkUIkMdLjV4wDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQDGDqqlbjUxr9meqr20I8Qsn1rzgyEUiEnyL1fM+APFQQIhALMPrkfjQibpufVV
DAbQTLElaAAlOa7SzfhLhiw52Sew
-----END CERTIFICATE-----
"""


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def test_the_bytes_arrive_as_they_are(client: WebhookClient, sink: Sink) -> None:
    body = '{"title":"Шахматы"}'.encode()
    answer = await client.post(f"{sink.url}/a%20b?c=d", {"x-test": "1"}, body)
    assert answer.status == 200
    [received] = sink.received
    assert (received.path, received.body) == ("/a%20b?c=d", body)
    assert received.headers["x-test"] == "1"


async def test_no_redirect_is_followed(client: WebhookClient, sink: Sink) -> None:
    async def elsewhere(request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{sink.url}/other"})

    sink.behave = elsewhere
    answer = await client.post(sink.url, {}, b"{}")
    assert (answer.status, answer.error) == (302, "HTTP 302")
    assert len(sink.received) == 1


async def test_of_a_long_answer_little_is_read(
    client: WebhookClient, sink: Sink
) -> None:
    sent = 0

    async def talk(request: web.Request, body: bytes) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(5000):
            await response.write(b"x" * 10_000)
            sent += 10_000
        return response

    sink.behave = talk
    answer = await client.post(sink.url, {}, b"{}")
    assert answer.status == 200
    await asyncio.sleep(0.2)
    assert sent < 20_000_000


async def test_an_answer_that_trickles_ends_at_the_deadline(sink: Sink) -> None:
    async def trickle(request: web.Request, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x")
            await asyncio.sleep(0.1)
        return response

    sink.behave = trickle
    async with module.open_client({"127.0.0.1"}, deadline=0.5) as client:
        started = time.monotonic()
        answer = await client.post(sink.url, {}, b"{}")
    assert (answer.status, answer.error) == (None, "no answer in time")
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 2",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
    ],
)
async def test_what_is_no_answer_is_told_in_one_line(
    client: WebhookClient, said: bytes
) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        answer = await client.post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert answer.status is None
    assert answer.error
    assert "\n" not in answer.error


async def test_who_is_not_there_is_told_apart(client: WebhookClient) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    answer = await client.post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert (answer.status, answer.error) == (None, "cannot connect")


async def test_a_url_that_is_no_longer_allowed_is_not_called(
    client: WebhookClient, sink: Sink
) -> None:
    answer = await client.post(sink.url.replace("127.0.0.1", "localhost"), {}, b"{}")
    assert (answer.status, answer.error) == (None, "the URL must be https")
    assert not sink.received


async def test_what_the_operator_named_for_a_neighbour_may_be_inside(
    sink: Sink,
) -> None:
    async with module.open_client() as client:
        refused = await client.post(sink.url, {}, b"{}")
        answer = await client.post(sink.url, {}, b"{}", inside=True)
        again = await client.post(sink.url, {}, b"{}")
    assert refused == again
    assert refused.status is None
    assert answer.status == 200
    assert len(sink.received) == 1


async def test_what_is_no_tls_is_told_in_one_line(
    client: WebhookClient, sink: Sink
) -> None:
    answer = await client.post(sink.url.replace("http", "https", 1), {}, b"{}")
    assert (answer.status, answer.error) == (None, "cannot connect")
    assert not sink.received


async def test_nobody_waits_for_a_connection_that_another_has(sink: Sink) -> None:
    """However many hang; how many that may be is not for the client to say."""
    free, hanging = asyncio.Event(), 120

    async def hang(request: web.Request, body: bytes) -> web.Response:
        if request.path == "/hangs":
            await free.wait()
        return web.Response()

    sink.behave = hang
    async with module.open_client({"127.0.0.1"}) as client:
        posts = [client.post(f"{sink.url}/hangs", {}, b"{}") for _ in range(hanging)]
        waiting = asyncio.gather(*posts)
        await sink.until(hanging)
        assert (await client.post(f"{sink.url}/sound", {}, b"{}")).status == 200
        free.set()
        await waiting


@asynccontextmanager
async def open_peer(
    answer: Callable[[asyncio.StreamWriter, int, int], Awaitable[None]],
) -> AsyncIterator[tuple[str, list[tuple[int, int]]]]:
    """Listen as somebody who answers so the nth request of the nth connection.

    Yields where, and which were asked so far.
    """
    asked: list[tuple[int, int]] = []
    connections, serving = itertools.count(1), set[asyncio.Task[Any]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, task = next(connections), asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            for request in itertools.count(1):
                await reader.readuntil(b"{}")
                asked.append((connection, request))
                await answer(writer, connection, request)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", asked
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


def hang_up(writer: asyncio.StreamWriter, *, is_reset: bool) -> None:
    """Close a connection, in good order or not."""
    if is_reset:
        linger = struct.pack("ii", 1, 0)
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort() if is_reset else writer.close()


@pytest.mark.parametrize("is_reset", [True, False])
async def test_a_connection_that_was_kept_and_is_closed_is_made_anew_once(
    client: WebhookClient, *, is_reset: bool
) -> None:
    """Nobody can tell whether she saw the request; it has an id, and may come twice."""

    async def serve_one(
        writer: asyncio.StreamWriter, connection: int, request: int
    ) -> None:
        if request == 1 and connection < 3:
            writer.write(OK)
        else:
            hang_up(writer, is_reset=is_reset)

    async with open_peer(serve_one) as (url, asked):
        first, second = [await client.post(url, {}, b"{}") for _ in range(2)]
        assert (first.status, second.status) == (200, 200)
        assert asked == [(1, 1), (1, 2), (2, 1)]
        # A new one that fails is no remnant of anything, and is not repeated.
        third = await client.post(url, {}, b"{}")
        assert third.status is None
        assert asked == [(1, 1), (1, 2), (2, 1), (3, 1)]


@pytest.mark.parametrize(
    "heard", [b"H", b"HTTP/1.1 2", b"HTTP/1.1 100 Continue\r\n\r\n", b"\r\n"]
)
@pytest.mark.parametrize("is_reset", [True, False])
async def test_who_has_begun_to_answer_is_not_asked_once_more(
    client: WebhookClient, heard: bytes, *, is_reset: bool
) -> None:
    async def break_off(
        writer: asyncio.StreamWriter, connection: int, request: int
    ) -> None:
        writer.write(OK if request == 1 else heard)
        if request == 2:
            await asyncio.sleep(0.05)  # what was not read yet goes with a reset
            hang_up(writer, is_reset=is_reset)

    async with open_peer(break_off) as (url, asked):
        first, second = [await client.post(url, {}, b"{}") for _ in range(2)]
    assert (first.status, second.status) == (200, None)
    assert asked == [(1, 1), (1, 2)]


async def test_both_tries_together_end_at_the_deadline() -> None:
    """Either of them would end in time alone."""

    async def dawdle(
        writer: asyncio.StreamWriter, connection: int, request: int
    ) -> None:
        if (connection, request) != (1, 1):
            await asyncio.sleep(0.6)
        if (connection, request) == (1, 2):
            writer.close()
        else:
            writer.write(OK)

    async with (
        open_peer(dawdle) as (url, asked),
        module.open_client({"127.0.0.1"}, deadline=1) as client,
    ):
        await client.post(url, {}, b"{}")
        answer = await client.post(url, {}, b"{}")
    assert (answer.status, answer.error) == (None, "no answer in time")
    assert asked == [(1, 1), (1, 2), (2, 1)]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
    ],
)
async def test_who_stops_in_the_midst_of_it_ends_at_the_deadline(said: bytes) -> None:
    async def stop(writer: asyncio.StreamWriter, *_: int) -> None:
        writer.write(said)

    async with (
        open_peer(stop) as (url, asked),
        module.open_client({"127.0.0.1"}, deadline=0.3) as client,
    ):
        answer = await client.post(url, {}, b"{}")
    assert (answer.status, answer.error) == (None, "no answer in time")
    assert asked == [(1, 1)]


@pytest.mark.parametrize("number", [1, 3, 50])
async def test_who_says_go_on_is_heard_to_the_end(
    client: WebhookClient, number: int
) -> None:
    """RFC 9110, 15.2: any number of these may come before the answer."""

    async def go_on(writer: asyncio.StreamWriter, *_: int) -> None:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * number + OK)

    async with open_peer(go_on) as (url, _):
        assert (await client.post(url, {}, b"{}")).status == 200


@pytest.mark.parametrize(
    ("begun", "more"),
    [
        (b"HTTP/1.1 200 ", b"OK" * 10_000),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 5_000),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 20_000),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n", b"x" * 20_000),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 20_000),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"4e20\r\n" + b"x" * 20_000 + b"\r\n",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            b"x" * 20_000,
        ),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000),
    ],
    ids=("reason", "headers", "header", "body", "no end", "chunks", "chunk", "go on"),
)
async def test_what_never_ends_is_neither_kept_nor_waited_for(
    begun: bytes, more: bytes
) -> None:
    """Ten of them talk as fast as they can, and hardly anything is in memory."""
    hung_up_on, all_gone = 0, asyncio.Event()

    async def talk(writer: asyncio.StreamWriter, connection: int, request: int) -> None:
        nonlocal hung_up_on
        writer.write(begun)
        try:
            while True:
                writer.write(more)
                await writer.drain()
        except OSError:
            hung_up_on += 1
            if hung_up_on == 10:
                all_gone.set()
            raise

    tracemalloc.start()
    try:
        async with (
            open_peer(talk) as (url, _),
            module.open_client({"127.0.0.1"}, deadline=1) as client,
        ):
            posts = [client.post(url, {}, b"{}") for _ in range(10)]
            answers = await asyncio.gather(*posts)
            async with asyncio.timeout(30):
                await all_gone.wait()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 15_000_000
    assert {"\n" in (answer.error or "") for answer in answers} == {False}


@pytest.mark.parametrize("is_reset", [True, False])
async def test_who_hangs_up_is_told_in_one_line(
    client: WebhookClient, *, is_reset: bool
) -> None:
    """As soon as one is connected, in good order or not."""

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hang_up(writer, is_reset=is_reset)

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        answer = await client.post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert answer.status is None
    assert answer.error
    assert "\n" not in answer.error


async def test_who_swallows_what_is_sent_to_her_ends_at_the_deadline() -> None:
    """Whoever calls her has to wait in a queue that nobody ever looks at."""
    with ExitStack() as stack:
        nobody = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        where = nobody.getsockname()
        for _ in range(4):  # until the queue is full
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(where)
        async with module.open_client({"127.0.0.1"}, deadline=0.5) as client:
            answer = await client.post(f"http://127.0.0.1:{where[1]}/", {}, b"{}")
    assert (answer.status, answer.error) == (None, "no answer in time")


async def test_a_name_that_leads_nowhere_is_told_in_one_line(
    client: WebhookClient,
) -> None:
    """RFC 6761, 6.4: nobody is called that."""
    answer = await client.post("https://nobody.invalid/", {}, b"{}")
    assert (answer.status, answer.error) == (None, "cannot connect")


async def test_a_name_that_nobody_looks_up_ends_at_the_deadline() -> None:
    class Silent(asyncio.SelectorEventLoop):
        async def getaddrinfo(self, *_: object, **__: object) -> Any:  # noqa: ANN401
            await asyncio.sleep(60)

    async def post() -> Answer:
        async with module.open_client(deadline=0.3) as client:
            return await client.post("https://subscriber.example/", {}, b"{}")

    def ask() -> Answer:
        with asyncio.Runner(loop_factory=Silent) as runner:
            return runner.run(post())

    answer = await asyncio.to_thread(ask)
    assert (answer.status, answer.error) == (None, "no answer in time")


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    client: WebhookClient, tmp_path: Path
) -> None:
    said: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        said.append(await reader.read(1))

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.write_text(_KEY)
    certificate.write_text(_CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        answer = await client.post(f"https://127.0.0.1:{port}/", {}, b"{}")
    assert (answer.status, answer.error) == (None, "cannot connect")
    assert said in ([], [b""])
