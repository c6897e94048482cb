"""Whatever a subscriber does, it is over soon and costs little."""

import asyncio
import time

import pytest
from aiohttp import web

from adapters.outbox import client as module
from adapters.outbox.client import WebhookClient
from tests.unit.adapters.outbox.sink import Sink


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
