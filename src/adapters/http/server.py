"""The server: uvicorn started from here, with the limits it has not of itself."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from http import HTTPStatus
from types import FrameType
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from adapters.http.edge.answering import DEFAULT_HEADERS, raw_headers
from adapters.http.edge.outermost import Application
from adapters.http.errors import (
    BodyTooLarge,
    EdgeError,
    HeadersTooLarge,
    Malformed,
    Overloaded,
    RequestTimeout,
    answer_to,
)
from adapters.http.settings import Limits

#: In seconds, after a signal to end: how long requests may be taken still; how long
#: those at work then have, more than any but a repeat that waits for the first; and
#: when the process is gone, whatever hangs.
LONGEST_DRAIN = 3
GRACE = 5
GONE_WITHIN = 9.5

_BACKLOG = 2048

_log = structlog.get_logger(__name__)

T = TypeVar("T")


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address. It refuses connections until served.

    Port 0 takes a free one; ``getsockname`` tells which.

    Raises:
        OSError: there is no such address, or it is taken.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(
    app: Application,
    listener: socket.socket,
    *,
    limits: Limits,
    draining: asyncio.Event,
    drain_seconds: float = 0.0,
) -> None:
    """Serve the application until SIGTERM or SIGINT, then return.

    At SIGTERM ``draining`` is set, and requests are taken for ``drain_seconds`` more
    (at most ``LONGEST_DRAIN``), so that whoever balances the load can look elsewhere;
    SIGINT skips that. Requests at work are then given time to end, and answered 503
    after it. A second signal waits for nothing.

    From the first signal on the process is about to end: ``GONE_WITHIN`` seconds
    later it does so, with exit code 0, whatever of it hangs.
    """
    server = _server_of(app, limits)
    with _stopped_by_signals(server, draining, drain_seconds):
        await asyncio.sleep(0)  # Whoever is cancelled by now is cancelled here.
        await server.serve(sockets=[listener])


@contextlib.asynccontextmanager
async def served(
    app: Application, listener: socket.socket, *, limits: Limits
) -> AsyncIterator[None]:
    """Serve the application until the block ends, in a process that does other work.

    Signals are that work's business.
    """
    server = _server_of(app, limits)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on the fastest loop there is."""
    try:
        import uvloop  # noqa: PLC0415 - not to be had on every platform
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def _server_of(app: Application, limits: Limits) -> "_Server":
    config = uvicorn.Config(
        app,
        http=limited_protocol(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=limits.idle,
        timeout_graceful_shutdown=GRACE,
        backlog=_BACKLOG,
    )
    asyncio.get_running_loop().set_exception_handler(_tell_of_loop)
    return _Server(config)


class LimitedHttpTools(HttpToolsProtocol):
    """Uvicorn's fast protocol, which takes heads of any size, and forever, with limits.

    Trailers are dropped: a proxy that removes headers may let them pass. What cannot
    be read is refused in the envelope.
    """

    limits: ClassVar[Limits] = Limits()

    _in_head = True
    _received = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._refuse(Overloaded())
        else:
            self._wait_at_most(self.limits.idle)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        begins = self._in_head and not self._received
        self._received += len(data)
        super().data_received(data)
        if begins and self._in_head and self._received:
            self._wait_at_most(self.limits.arrival)
        if self._in_head and self._received > self.limits.headers + self.limits.url:
            self._refuse(HeadersTooLarge())
        elif self._received > self.limits.message:
            self._refuse(BodyTooLarge(self.limits.message))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head, self._received = True, 0

    def send_400_response(self, msg: str) -> None:
        self._refuse(Malformed("request", "it is not HTTP"))

    def _refuse(self, error: EdgeError) -> None:
        if self.transport.is_closing():
            return
        _log.warning("connection refused", code=error.code)
        cycle: RequestResponseCycle | None = self.cycle
        answering = cycle and cycle.response_started and not cycle.response_complete
        if not self.pipeline and not answering:
            self.transport.write(_as_bytes(error))
        self.transport.close()

    def _wait_at_most(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._waited)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _waited(self) -> None:
        if self._received:
            self._refuse(RequestTimeout())
        else:
            self.transport.close()


def limited_protocol(limits: Limits) -> type[LimitedHttpTools]:
    """Return the protocol with these limits."""
    return type("LimitedHttpTools", (LimitedHttpTools,), {"limits": limits})


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # Uvicorn's own raises the signal again once it has stopped, and so ends the
        # process before whoever called could close what she opened.
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if self.force_exit:  # Uvicorn's own leaves it to be cancelled, as a failure.
            await self.lifespan.shutdown()


@contextlib.contextmanager
def _stopped_by_signals(
    server: uvicorn.Server, draining: asyncio.Event, drain_seconds: float
) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():
        yield  # Only a main thread hears signals.
        return

    def stop(received: signal.Signals) -> None:
        if draining.is_set():
            server.should_exit = server.force_exit = True
            return
        draining.set()
        wait = min(drain_seconds, LONGEST_DRAIN) if received is signal.SIGTERM else 0.0
        _log.info("stopping", signal=received.name, drain_seconds=wait)
        loop.call_later(wait, setattr, server, "should_exit", True)

    def heard(number: int, _frame: FrameType | None) -> None:
        # Here and not in the loop, which may be what hangs.
        if not draining.is_set():
            threading.Thread(target=_end_anyway, daemon=True).start()
        loop.call_soon_threadsafe(stop, signal.Signals(number))

    before = {one: signal.signal(one, heard) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _end_anyway() -> None:
    time.sleep(GONE_WITHIN)
    # In a thread of its own, since writing may be what hangs.
    tell = threading.Thread(target=_log.error, args=("ended while something hung",))
    tell.daemon = True
    tell.start()
    tell.join(0.2)
    os._exit(0)


def _tell_of_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # The default handler writes the exception's text, which may quote anything.
    _log.error(
        "loop", message=context.get("message"), exc_info=context.get("exception")
    )


def _as_bytes(error: EdgeError) -> bytes:
    answer = answer_to(error, request_id=str(uuid4()))
    headers = [*raw_headers(answer), *DEFAULT_HEADERS, (b"connection", b"close")]
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}".encode(),
        *(name + b": " + value for name, value in headers),
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + answer.body
