"""A request as received: bytes, before anybody has believed any of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from attrs import define, field, frozen

from adapters.http.errors import BodyTooLarge, RequestTimeout

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ClientGoneError(Exception):
    """Whoever asked has hung up; nobody waits for an answer."""


@frozen
class Arrival:
    """The head of a request. ``path`` is as it travelled, percent-encoded.

    Of several headers of one name the values are joined by ``", "``: so a second
    tenant or user in one request makes the first one invalid, too.
    """

    method: str
    path: bytes
    decoded_path: bytes
    query: bytes
    headers: Mapping[str, bytes]

    @classmethod
    def of(cls, scope: Scope) -> "Arrival":
        """Read the head from an ASGI scope."""
        headers: dict[str, bytes] = {}
        for raw_name, value in scope["headers"]:
            name = raw_name.decode("latin-1").lower()
            headers[name] = headers[name] + b", " + value if name in headers else value
        decoded = scope["path"].encode("utf-8", "replace")
        return cls(
            method=scope["method"],
            path=scope.get("raw_path") or decoded,
            decoded_path=decoded,
            query=scope["query_string"],
            headers=headers,
        )

    def header(self, name: str) -> bytes:
        """Return a header's value as received, empty where there is none."""
        return self.headers.get(name.lower(), b"")

    def texts(self) -> Mapping[str, str]:
        """Return the headers as text."""
        return {name: as_text(value) for name, value in self.headers.items()}


def as_text(value: bytes) -> str:
    """Return a header's value as text: UTF-8 where it is that, else Latin-1."""
    try:
        return value.strip().decode()
    except UnicodeDecodeError:
        return value.strip().decode("latin-1")


@define
class Body:
    """The body of a request, read once and never beyond ``limit`` bytes."""

    _receive: Receive
    _arrival: Arrival
    limit: int
    _seconds: float
    _ended: bool = field(default=False, init=False)

    def check_announced(self) -> None:
        """Check the length the sender names, before a byte of it is read.

        Raises:
            BodyTooLarge: it is beyond the limit.
        """
        announced = self._announced
        if announced is not None and announced > self.limit:
            raise BodyTooLarge(self.limit)

    async def read(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyTooLarge: it is longer than the limit; the rest is left unread.
            RequestTimeout: it does not arrive in time.
            ClientGoneError: the sender hung up.
        """
        if not self._is_coming:
            self._ended = True
            return b""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read()
        except TimeoutError:
            raise RequestTimeout from None

    @property
    def has_no_end(self) -> bool:
        """Whether more may come than anybody would read."""
        if self._ended:
            return False
        announced = self._announced
        if announced is None:
            return "transfer-encoding" in self._arrival.headers
        return announced > self.limit

    @property
    def _is_coming(self) -> bool:
        # Where neither is said, there is none (RFC 9112, 6.3).
        headers = self._arrival.headers
        return "content-length" in headers or "transfer-encoding" in headers

    @property
    def _announced(self) -> int | None:
        length = self._arrival.header("Content-Length").strip()
        return int(length) if length.isdigit() and len(length) <= 18 else None

    async def _read(self) -> bytes:
        body = bytearray()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            body += message.get("body", b"")
            if len(body) > self.limit:
                raise BodyTooLarge(self.limit)
            if not message.get("more_body", False):
                self._ended = True
                return bytes(body)
