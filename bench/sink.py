"""Subscribers, one of whom answers at once: ``python -m bench.sink``.

At ``/hangs`` nobody answers, and at ``/slow`` only after a while; neither is counted.
What comes to ``/timed`` is counted, and each message's time is told at ``GET /times``.
"""

import asyncio
import re
import time
from typing import ClassVar

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ID = re.compile(rb"webhook-id: *(\S+)", re.IGNORECASE)
_SLOW = 0.1  # seconds
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Sink(asyncio.Protocol):
    """Counts posts; ``GET /`` says how many there were, and when the last came."""

    posts = 0
    last = 0.0
    times: ClassVar[dict[bytes, float]] = {}

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            found = _LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        match head.split(b" ", 2)[:2]:
            case [b"GET", b"/times"]:
                self._transport.write(_ok(_times()))
            case [b"GET", _]:
                self._transport.write(_ok(f"{Sink.posts} {Sink.last}".encode()))
            case [_, b"/hangs"]:
                pass
            case [_, b"/slow"]:
                loop = asyncio.get_running_loop()
                loop.call_later(_SLOW, self._transport.write, _OK)
            case [_, path]:
                self._transport.write(_OK)
                Sink.posts, Sink.last = Sink.posts + 1, time.time()
                if path == b"/timed" and (found := _ID.search(head)):
                    Sink.times.setdefault(found[1], Sink.last)


def _times() -> bytes:
    return b"\n".join(b"%b %f" % (one, when) for one, when in Sink.times.items())


def _ok(text: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text)


async def _main() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"serving on http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
