"""The toy service behind the real server, in a process of its own."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from attrs import define

from tests.unit.adapters.http.edge.toy import signed

ROOT = Path(__file__).parents[5]

BODY = 256 * 1024


@define
class Served:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=8)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def exchange(self, *parts: bytes) -> httpx.Response:
        """Send bytes as they are; return the answer, read until the end."""
        with self.connect() as connection:
            for part in parts:
                try:
                    connection.sendall(part)
                except OSError:
                    break
            return answer_of(connection)

    def flood(self, start: bytes) -> None:
        """Send a start and, as long as it is taken, 50 MB behind it."""
        with self.connect() as connection:
            connection.sendall(start)
            for _ in range(50):
                connection.sendall(b"x" * 1_000_000)

    def memory(self) -> int:
        """Return the most memory it ever used, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) * 1024


def answer_of(connection: socket.socket) -> httpx.Response:
    """Read an answer that ends with the connection."""
    received = b""
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    headers = [tuple(field.split(": ", 1)) for field in fields]
    return httpx.Response(
        int(first.split()[1]),
        headers=headers,  # type: ignore[arg-type]
        content=body,
    )


@contextmanager
def serving(drain: float = 0.0, **limits: float) -> Iterator[Served]:
    """Run a server with these limits."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.unit.adapters.http.edge.served",
            json.dumps(limits),
            str(drain),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        served = Served(process, int(process.stdout.readline()))
        wait_for(lambda: httpx.get(served.base + "/health").status_code == 200)
        yield served
    finally:
        process.kill()
        process.communicate()


def wait_for(condition: object) -> None:
    """Wait until it is true, for some seconds at most."""
    assert callable(condition)
    until = time.monotonic() + 8
    while True:
        try:
            if condition():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < until
        time.sleep(0.02)


def raw(method: bytes, target: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join(
        [method + b" " + target + b" HTTP/1.1", b"Host: x", *fields, b"", b""]
    )


def raw_signed(method: str, url: str, body: bytes, *fields: bytes) -> bytes:
    context = signed(method, url, body)
    told = [f"{name}: {value}".encode() for name, value in context.items()]
    return raw(method.encode(), url.encode(), *told, *fields)
