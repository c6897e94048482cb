"""The network between the service and its database, which may fall silent."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Self

from attrs import define, field


@define(eq=False)
class _End(asyncio.Protocol):
    """One end of a line: what is heard here is said at the other."""

    wire: "Wire"
    waits: bool
    other: "_End | None" = None
    is_cut: bool = False
    transport: asyncio.Transport = field(init=False)
    unsaid: list[bytes] = field(factory=list, init=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.wire.ends.add(self)
        if self.other is None:
            self.wire.connect(self)

    def data_received(self, data: bytes) -> None:
        (self.wire.answers if self.waits else self.wire.asked)()
        if self.other is None:
            self.unsaid.append(data)
        elif not self.is_cut:
            loop = asyncio.get_running_loop()
            delay = self.wire.delay if self.waits else 0.0
            loop.call_later(delay, self.other.transport.write, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.wire.ends.discard(self)
        if self.other is not None and not self.is_cut:
            self.other.transport.close()


@define
class Wire:
    """A port that leads to a PostgreSQL's socket. A context manager.

    ``delay`` is how long everything that comes back takes, in seconds. ``asked`` is
    called whenever something is about to be said to the database, and ``answers``
    whenever it has said something that is about to be heard.
    """

    _socket: Path
    delay: float = 0.0
    asked: Callable[[], None] = lambda: None
    answers: Callable[[], None] = lambda: None
    ends: set[_End] = field(factory=set, init=False)
    _server: asyncio.Server = field(init=False)
    _connecting: set["asyncio.Task[None]"] = field(factory=set, init=False)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _End(self, waits=False), "127.0.0.1", 0
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for end in list(self.ends):
            end.transport.abort()
        await asyncio.gather(*self._connecting)

    def dsn(self, role: str, name: str = "events") -> str:
        """Return the database's address through here."""
        port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://{role}@127.0.0.1:{port}/{name}?sslmode=disable"

    def cut(self) -> None:
        """Have nobody who is connected hear another word; who comes now, does."""
        for end in self.ends:
            end.is_cut = True

    def kill(self) -> None:
        """Have the database find whoever is connected gone, for good."""
        self.cut()
        self._server.close()
        for end in list(self.ends):
            end.transport.abort()

    def connect(self, near: _End) -> None:
        """Lead whoever came to the database."""
        task = asyncio.create_task(self._connect(near))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, near: _End) -> None:
        far = _End(self, waits=True, other=near)
        try:
            loop = asyncio.get_running_loop()
            await loop.create_unix_connection(lambda: far, str(self._socket))
        except OSError:
            near.transport.abort()
            return
        near.other = far
        for data in near.unsaid:
            far.transport.write(data)
