"""Kept connections, each in a pool of its own, which is thrown away when in doubt.

Two things httpcore does make one large pool a bad one. It looks over all connections
whenever a request begins or ends: with 32 at work that takes 5 ms of CPU a request,
and a page that asks about 200 scopes would hold up everybody for a second. And a
request that is cancelled may leave its connection taken for ever, until none is left.
"""

import asyncio
import ssl
from typing import Self

import httpx

ANSWER_LIMIT = 64 * 1024


class Lanes:
    """Connections to one place, as many as there are requests at one time.

    A bare transport follows no redirect, keeps no cookie, unpacks nothing, and knows
    no proxy or credentials: what goes out is the request, and nothing else. A
    connection idle for 2 s is not used again, as servers commonly close theirs after 5.
    """

    def __init__(self, scheme: str) -> None:
        # Loading what certificates the system trusts takes a while.
        self._tls = (
            ssl.create_default_context()
            if scheme == "https"
            else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        self._idle: list[httpx.AsyncHTTPTransport] = []
        self._all: set[httpx.AsyncHTTPTransport] = set()
        self._closing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        # httpx loads much at the first lane: here nobody waits for it.
        self._idle.append(self._open())
        return self

    async def __aexit__(self, *_: object) -> None:
        for lane in list(self._all):
            await lane.aclose()
        await asyncio.gather(*self._closing)

    async def exchange(self, request: httpx.Request) -> tuple[int, bytes | None]:
        """Send the request; return the status and the body, None if over 64 kB.

        Sends it once more where the connection was lost before the answer began: the
        other side may have closed a kept one just as it was used again.

        Raises:
            httpx.TransportError: there is no answer, or only a part of one.
        """
        lane = self._idle.pop() if self._idle else self._open()
        try:
            answer = await _exchange(lane, request)
        except BaseException:
            self._discard(lane)
            raise
        self._idle.append(lane)
        return answer

    def _open(self) -> httpx.AsyncHTTPTransport:
        lane = httpx.AsyncHTTPTransport(
            verify=self._tls,
            trust_env=False,
            limits=httpx.Limits(
                max_connections=1, max_keepalive_connections=1, keepalive_expiry=2.0
            ),
        )
        self._all.add(lane)
        return lane

    def _discard(self, lane: httpx.AsyncHTTPTransport) -> None:
        # In a task of its own, as who asked may be cancelled a second time.
        self._all.discard(lane)
        closing = asyncio.create_task(lane.aclose())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


async def _exchange(
    lane: httpx.AsyncHTTPTransport, request: httpx.Request
) -> tuple[int, bytes | None]:
    try:
        response = await lane.handle_async_request(request)
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        response = await lane.handle_async_request(request)
    try:
        return response.status_code, await _content(response)
    finally:
        await response.aclose()


async def _content(response: httpx.Response) -> bytes | None:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > ANSWER_LIMIT:
            return None
    return bytes(content)
