"""A server on loopback that behaves as a neighbour does, or as it is told."""

import hashlib
import hmac
import json
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True)
class Call:
    """A request as it came in."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


@dataclass(frozen=True)
class Answer:
    """A response; as bytes, with the Content-Length it ought to have."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, value: object) -> Self:
        """Answer with JSON."""
        body = json.dumps(value).encode()
        return cls(status, body, {"Content-Type": "application/json"})

    @classmethod
    def error(cls, status: int, code: str) -> Self:
        """Answer with the error envelope."""
        error = {"code": code, "message": code, "details": {}, "request_id": ""}
        return cls.of(status, {"error": error})

    def __bytes__(self) -> bytes:
        headers = {"Content-Length": str(len(self.body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} It Is"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


# How to misbehave: each is given the connection and what the honest answer would be.
Fault = Callable[["Connection", Answer], None]


class Neighbour:
    """What Portal and Access have in common. A context manager, and restartable.

    ``misbehave`` picks the fault for a call, None for an honest answer. ``calls`` are
    all that came in, misbehaved to or not; ``busiest`` is the highest number of them
    at one time; ``connections`` is how many were ever opened; ``crashes`` is what
    went wrong in here, and ought to be empty.
    """

    prefix = "/api/v1"

    def __init__(self, secret: bytes, *, now: Callable[[], float] = time.time) -> None:
        self.secret = secret
        self.now = now
        self.misbehave: Callable[[Call], Fault | None] = lambda _: None
        self.calls: list[Call] = []
        self.busy = 0
        self.busiest = 0
        self.connections = 0
        self.crashes: list[BaseException] = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._scheme = "http"
        self._server = Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}{self.prefix}"

    def use_tls(self, certificate: Path) -> None:
        """Speak TLS; to be called before it starts."""
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https"

    @property
    def open_connections(self) -> int:
        return len(self._server.open)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse new connections, and break off those there are. May be repeated."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._thread.join()

    def always(self, fault: Fault) -> None:
        """Misbehave to every call."""
        self.misbehave = lambda _: fault

    def behave(self) -> None:
        """Answer honestly again."""
        self.misbehave = lambda _: None

    def answer(self, call: Call) -> Answer:
        """Answer honestly."""
        return self.refusal(call) or self.route(call)

    def route(self, call: Call) -> Answer:
        raise NotImplementedError

    def refusal(self, call: Call) -> Answer | None:
        """Judge the signed context, in the order callers know."""
        given = call.headers
        if given["X-Forwarded-Proto"] != "https":
            place = f"https://{given['Host']}{call.path}"
            return Answer(301, headers={"Location": place})
        if not given["X-Request-Id"]:
            return Answer.error(400, "MISSING_REQUEST_ID")
        if not given["X-Tenant-Id"] or not given["X-Tenant-Slug"]:
            return Answer.error(400, "MISSING_TENANT_CONTEXT")
        if not is_uuid(given["X-Tenant-Id"]):
            return Answer.error(400, "INVALID_TENANT_ID")
        if not self.is_signed(call):
            return Answer.error(401, "UNAUTHORIZED")
        if not given["X-User-Id"]:
            return Answer.error(401, "UNAUTHENTICATED")
        if not is_uuid(given["X-User-Id"]):
            return Answer.error(400, "INVALID_USER_ID")
        return None

    def is_signed(self, call: Call) -> bool:
        stamp = call.headers["X-Updspace-Timestamp"] or ""
        if not stamp.isdecimal() or abs(int(self.now()) - int(stamp)) > 300:
            return False
        lines = [
            call.method,
            call.path.partition("?")[0],
            hashlib.sha256(call.body).hexdigest(),
            call.headers["X-Request-Id"],
            stamp,
        ]
        expected = hmac.digest(self.secret, "\n".join(lines).encode(), "sha256").hex()
        return expected == call.headers["X-Updspace-Signature"]


class Server(ThreadingHTTPServer):
    """A thread for each connection; keeps them in hand, to end them when it stops."""

    request_queue_size = 256
    block_on_close = False

    def __init__(self, address: tuple[str, int], neighbour: Neighbour) -> None:
        super().__init__(address, Connection)
        self.neighbour = neighbour
        self.open: set[socket.socket] = set()

    def close_connections(self) -> None:
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """Called within an ``except``: those who hang up are no crash of ours."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.neighbour.crashes.append(error)


class Connection(BaseHTTPRequestHandler):
    """One connection, kept open from call to call."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        with self.server.neighbour.lock:
            self.server.neighbour.connections += 1
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self.take()

    def do_POST(self) -> None:
        self.take()

    def take(self) -> None:
        neighbour = self.server.neighbour
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        call = Call(self.command, self.path, self.headers, body)
        with neighbour.lock:
            neighbour.calls.append(call)
            neighbour.busy += 1
            neighbour.busiest = max(neighbour.busiest, neighbour.busy)
        try:
            honest = neighbour.answer(call)
            fault = neighbour.misbehave(call)
            if fault is None:
                self.send(bytes(honest))
            else:
                fault(self, honest)
        finally:
            with neighbour.lock:
                neighbour.busy -= 1

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def wait(self, seconds: float) -> None:
        self.server.neighbour.stopping.wait(seconds)

    def reset(self) -> None:
        linger_for_no_time = struct.pack("ii", 1, 0)
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger_for_no_time
        )
        self.close_connection = True
        self.connection.close()
        self.rfile.close()  # the last to hold the socket

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
