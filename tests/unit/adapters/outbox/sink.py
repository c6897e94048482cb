"""A subscriber on loopback, who behaves as a test says and remembers what came."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from attrs import define, field, frozen

Behaviour = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


@frozen
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@define
class Sink:
    """Answers 200, or as ``behave`` says."""

    url: str = ""
    received: list[Received] = field(factory=list)
    behave: Behaviour | None = None
    news: asyncio.Event = field(factory=asyncio.Event)

    async def until(self, number: int) -> None:
        """Wait until so many requests have come."""
        await self.until_all(lambda received: len(received) >= number)

    async def until_all(self, enough: Callable[[list[Received]], bool]) -> None:
        """Wait until what has come is enough."""
        async with asyncio.timeout(30):
            while not enough(self.received):
                self.news.clear()
                await self.news.wait()

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take a request."""
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.raw_path, headers, body))
        self.news.set()
        if self.behave is not None:
            return await self.behave(request, body)
        return web.Response()


@asynccontextmanager
async def open_sink() -> AsyncIterator[Sink]:
    """Listen on a free port of loopback."""
    sink = Sink()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", sink.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sink.url = f"http://{host}:{port}"
    yield sink
    await runner.cleanup()
