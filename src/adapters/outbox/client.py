"""One request to a subscriber, and what she answered: quick, bounded, unguided."""

import ssl
import time
from collections.abc import AsyncIterator, Container, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from attrs import field, frozen
from yarl import URL

from adapters.outbox.addresses import InnerAddress, guarded_socket
from adapters.outbox.connections import HeardResponse, StaleConnection, open_connector
from events_core.domain.destination import check_url

#: In seconds: what a request may take, from looking up the name to the last byte read.
DEADLINE = 10.0
_CONNECT = 5.0

#: How much of an answer is read, so that the connection can be used again.
MOST_READ = 16_384

_MOST_KNOWN = 10_000


@frozen
class Answer:
    """What came of a request: a status, or one line about why there is none.

    ``was_sent`` is False where certainly nothing of it has reached anybody.
    """

    status: int | None
    error: str | None
    retry_after: str | None = None
    was_sent: bool = True


@frozen
class _Ways:
    """A way to subscribers, by connections that are kept or by one made anew."""

    kept: aiohttp.ClientSession
    anew: aiohttp.ClientSession


@frozen
class _Destination:
    """Where a URL leads, and how to get there."""

    url: URL
    ways: _Ways


@frozen
class WebhookClient:
    """Posts to subscribers. Made by ``open_client``; for one event loop."""

    _guarded: _Ways
    _trusting: _Ways
    _allowed_hosts: Container[str]
    _deadline: float
    _known: dict[tuple[str, bool], _Destination] = field(factory=dict, init=False)

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, inside: bool = False
    ) -> Answer:
        """Post these bytes and return what came of it; never raises for that.

        ``inside`` says that the operator named this URL for a neighbour of ours: it
        may lead anywhere. No redirect is followed. At most 16 kB of the answer are
        read, within the deadline, and none of it is kept. Where a connection that was
        kept turns out to be closed, and not a byte was answered, it is made once more
        by a new one.
        """
        began = time.monotonic()
        try:
            where = self._known.get((url, inside)) or self._look_at(url, inside)
        except ValueError as error:
            return Answer(None, f"the URL {error}", was_sent=False)
        try:
            try:
                left = self._deadline
                return await _ask(where.ways.kept, where.url, headers, body, left)
            except StaleConnection:
                left = max(0.001, left - (time.monotonic() - began))
                return await _ask(where.ways.anew, where.url, headers, body, left)
        except TimeoutError:
            return Answer(None, "no answer in time")
        except aiohttp.ClientConnectorError as error:
            inner = isinstance(error.os_error, InnerAddress)
            text = str(error.os_error) if inner else "cannot connect"
            return Answer(None, text, was_sent=False)
        except aiohttp.ClientError as error:
            return Answer(None, type(error).__name__)
        except (OSError, ValueError, ssl.CertificateError) as error:
            return Answer(None, type(error).__name__)

    def _look_at(self, url: str, inside: bool) -> _Destination:  # noqa: FBT001
        if not inside:
            check_url(url, self._allowed_hosts)
        is_trusted = inside or urlsplit(url).hostname in self._allowed_hosts
        ways = self._trusting if is_trusted else self._guarded
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[url, inside] = found = _Destination(URL(url, encoded=True), ways)
        return found


async def _ask(
    session: aiohttp.ClientSession,
    url: URL,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float,
) -> Answer:
    timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT)
    async with session.post(
        url, data=body, headers=headers, allow_redirects=False, timeout=timeout
    ) as response:
        await _drain(response)
        after = response.headers.get("Retry-After")
        status = response.status
        return Answer(status, None if status < 300 else f"HTTP {status}", after)


async def _drain(response: aiohttp.ClientResponse) -> None:
    left = MOST_READ
    while left > 0:
        read = await response.content.read(left)
        if not read:
            return
        left -= len(read)
    response.close()  # Whoever says more than that is not listened to.


@asynccontextmanager
async def open_client(
    allowed_hosts: Container[str] = (),
    *,
    deadline: float = DEADLINE,
) -> AsyncIterator[WebhookClient]:
    """Hold connections to subscribers for as long as the context lasts.

    Hosts in ``allowed_hosts`` may be plain http and on an inner address. ``deadline``
    is in seconds. How many requests are under way is for the caller to bound: nobody
    waits here for a connection that somebody slow has. No proxy, credentials or
    cookie is taken from anywhere.
    """
    async with AsyncExitStack() as stack:
        guarded, trusting = [
            _Ways(
                *[
                    await stack.enter_async_context(
                        aiohttp.ClientSession(
                            connector=open_connector(factory, keep=keep),
                            response_class=HeardResponse,
                            cookie_jar=aiohttp.DummyCookieJar(),
                            auto_decompress=False,
                            trust_env=False,
                            skip_auto_headers=("Accept-Encoding",),
                        )
                    )
                    for keep in (True, False)
                ]
            )
            for factory in (guarded_socket, None)
        ]
        yield WebhookClient(guarded, trusting, allowed_hosts, deadline)
