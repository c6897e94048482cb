"""Connections that are kept, and that the other side may close at any time."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader

#: How often somebody may say that she has not answered yet (RFC 9110, 15.2).
MOST_INTERIM = 100


class StaleConnection(aiohttp.ClientConnectionError):
    """A connection that served before was closed, and not a byte was answered.

    Whoever closed it while nothing was under way has not seen the request; that
    cannot be told from one she has seen, so it is only for what may come twice.
    """


class EndlessAnswer(aiohttp.ClientError):
    """Somebody says over and over that she has not answered yet."""


class _Listening(ResponseHandler):
    """Knows how often it was asked, and whether it has heard anything since."""

    requests = 0
    has_heard = False
    interim = 0

    def set_response_params(self, **params: Any) -> None:  # noqa: ANN401 (passed on)
        self.requests += 1
        self.has_heard, self.interim = False, 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        self.has_heard |= bool(data)
        super().data_received(data)

    def feed_data(
        self, data: tuple[RawResponseMessage, StreamReader], size: int = 0
    ) -> None:
        if data[0].code < 200:
            self.interim += 1
        if self.interim > MOST_INTERIM:
            self.set_exception(EndlessAnswer())
            if self.transport is not None:
                self.transport.abort()
            return
        super().feed_data(data, size)

    @property
    def is_stale(self) -> bool:
        return self.requests > 1 and not self.has_heard


class HeardResponse(aiohttp.ClientResponse):
    """A response that tells a stale connection from one that broke."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """See ``ClientResponse.start``.

        Raises:
            StaleConnection: it is one.
        """
        protocol = connection.protocol
        try:
            return await super().start(connection)
        except aiohttp.ServerTimeoutError:
            raise
        except aiohttp.ClientConnectionError as error:
            if isinstance(protocol, _Listening) and protocol.is_stale:
                raise StaleConnection from error
            raise


class _Connector(aiohttp.TCPConnector):
    """Makes connections that are heard. Nothing public says what makes them."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (passed on)
        super().__init__(**options)
        listening: Any = partial(_Listening, loop=asyncio.get_running_loop())
        self._factory = listening


def open_connector(
    socket_factory: Callable[..., Any] | None, *, keep: bool
) -> aiohttp.TCPConnector:
    """Return what connects; as many as are asked for, kept for the next or not."""
    return _Connector(
        limit=0, ttl_dns_cache=60, socket_factory=socket_factory, force_close=not keep
    )
