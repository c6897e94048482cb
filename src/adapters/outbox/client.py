"""One request to a subscriber, and what she answered: quick, bounded, unguided."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Container, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from attrs import field, frozen
from yarl import URL

from adapters.outbox.addresses import InnerAddress, guarded_socket
from events_core.domain.destination import check_url

#: In seconds: what a request may take, from looking up the name to the last byte read.
DEADLINE = 10.0
_CONNECT = 5.0

#: How much of an answer is read, so that the connection can be used again.
MOST_READ = 16_384

_MOST_KNOWN = 10_000


@frozen
class Answer:
    """What came of a request: a status, or one line about why there is none."""

    status: int | None
    error: str | None
    retry_after: str | None = None


@frozen
class _Destination:
    """Where a URL leads, and who goes there."""

    url: URL
    session: aiohttp.ClientSession


@frozen
class WebhookClient:
    """Posts to subscribers. Made by ``open_client``; for one event loop."""

    _guarded: aiohttp.ClientSession
    _trusting: aiohttp.ClientSession
    _allowed_hosts: Container[str]
    _known: dict[tuple[str, bool], _Destination] = field(factory=dict, init=False)

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, inside: bool = False
    ) -> Answer:
        """Post these bytes and return what came of it; never raises for that.

        ``inside`` says that the operator named this URL for a neighbour of ours: it
        may lead anywhere. No redirect is followed. At most 16 kB of the answer are
        read, within the deadline, and none of it is kept.
        """
        try:
            where = self._known.get((url, inside)) or self._look_at(url, inside)
        except ValueError as error:
            return Answer(None, f"the URL {error}")
        try:
            async with where.session.post(
                where.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                await _drain(response)
                after = response.headers.get("Retry-After")
                status = response.status
                return Answer(status, None if status < 300 else f"HTTP {status}", after)
        except TimeoutError:
            return Answer(None, "no answer in time")
        except aiohttp.ClientConnectorError as error:
            inner = isinstance(error.os_error, InnerAddress)
            return Answer(None, str(error.os_error) if inner else "cannot connect")
        except aiohttp.ClientError as error:
            return Answer(None, type(error).__name__)
        except (OSError, ValueError, ssl.CertificateError) as error:
            return Answer(None, type(error).__name__)

    def _look_at(self, url: str, inside: bool) -> _Destination:  # noqa: FBT001
        if not inside:
            check_url(url, self._allowed_hosts)
        is_trusted = inside or urlsplit(url).hostname in self._allowed_hosts
        session = self._trusting if is_trusted else self._guarded
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[url, inside] = found = _Destination(URL(url, encoded=True), session)
        return found


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
        sessions = [
            await stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(
                        limit=0, ttl_dns_cache=60, socket_factory=factory
                    ),
                    timeout=aiohttp.ClientTimeout(
                        total=deadline, sock_connect=_CONNECT
                    ),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    trust_env=False,
                    skip_auto_headers=("Accept-Encoding",),
                )
            )
            for factory in (guarded_socket, None)
        ]
        yield WebhookClient(sessions[0], sessions[1], allowed_hosts)
    await asyncio.sleep(0)
