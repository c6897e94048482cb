"""The real server on loopback: what only shows on the wire."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from attrs import define

from adapters.http.server import bind
from tests.unit.adapters.http.edge.toy import (
    EVENTS,
    check_envelope,
    signed,
)

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


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(arrival=1.0) as one:
        yield one


def raw(method: bytes, target: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join(
        [method + b" " + target + b" HTTP/1.1", b"Host: x", *fields, b"", b""]
    )


def raw_signed(method: str, url: str, body: bytes, *fields: bytes) -> bytes:
    context = signed(method, url, body)
    told = [f"{name}: {value}".encode() for name, value in context.items()]
    return raw(method.encode(), url.encode(), *told, *fields)


def test_a_signed_request_is_answered_and_nobody_boasts(served: Served) -> None:
    with httpx.Client(base_url=served.base) as client:
        for _ in range(2):
            answer = client.get(EVENTS, headers=signed("GET", EVENTS))
            assert answer.status_code == 200
            assert "server" not in answer.headers
            assert "date" in answer.headers
        head = client.head(EVENTS, headers=signed("HEAD", EVENTS))
        assert (head.status_code, head.content) == (200, b"")
        assert client.get(EVENTS, headers=signed("GET", EVENTS)).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        [b"X-Long: " + b"x" * 60_000],
        [b"X-Filler: 1"] * 20_000,
        [b"X-Filler: 1"] * 101,
        [b"x" * 60_000 + b": 1"],
    ],
    ids=["long value", "very many", "too many", "long name"],
)
def test_a_head_too_long_is_refused_in_the_envelope(
    served: Served, fields: list[bytes]
) -> None:
    answer = served.exchange(raw(b"GET", b"/health", b"Connection: close", *fields))
    check_envelope(answer, 431, "HEADERS_TOO_LARGE")


def test_a_head_without_end_takes_no_memory(served: Served) -> None:
    before = served.memory()
    with pytest.raises(OSError, match=r"(?i)pipe|reset"):
        served.flood(b"GET /health HTTP/1.1\r\nX-Long: ")
    assert served.memory() - before < 10_000_000


def test_a_body_of_ten_megabytes_is_refused_in_the_envelope(served: Served) -> None:
    body = b"x" * 10_000_000
    headers = signed("POST", EVENTS, body)
    answer = httpx.post(served.base + EVENTS, headers=headers, content=body)
    check_envelope(answer, 413, "BODY_TOO_LARGE")


def test_a_body_without_end_is_refused_and_broken_off(served: Served) -> None:
    before = served.memory()
    head = raw_signed("POST", EVENTS, b"", b"Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    answer = served.exchange(head, *[chunk] * 500)
    check_envelope(answer, 413, "BODY_TOO_LARGE")
    assert answer.headers["connection"] == "close"
    assert served.memory() - before < 10_000_000


def test_a_chunked_body_within_the_limit_is_read(served: Served) -> None:
    body = b'{"a":"' + b"x" * (BODY - 8) + b'"}'
    half = len(body) // 2
    answer = served.exchange(
        raw_signed(
            "POST", EVENTS, body, b"Transfer-Encoding: chunked", b"Connection: close"
        ),
        b"%x\r\n%s\r\n" % (half, body[:half]),
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(body) - half, body[half:]),
    )
    assert answer.status_code == 201


def test_who_expects_100_is_refused_before_she_sends(served: Served) -> None:
    answer = served.exchange(
        raw_signed(
            "POST", EVENTS, b"", b"Expect: 100-continue", b"Content-Length: 9999999"
        )
    )
    check_envelope(answer, 413, "BODY_TOO_LARGE")


def test_a_body_nobody_reads_is_broken_off(served: Served) -> None:
    head = raw(b"POST", EVENTS.encode(), b"Transfer-Encoding: chunked")
    answer = served.exchange(head, b"5\r\nhello\r\n")
    check_envelope(answer, 400, "MISSING_REQUEST_ID")
    assert answer.headers["connection"] == "close"


def test_trailers_are_not_taken_for_headers(served: Served) -> None:
    context = [
        f"{name}: {value}".encode()
        for name, value in signed("POST", EVENTS, b"{}").items()
        if name != "X-User-Id"
    ]
    answer = served.exchange(
        raw(
            b"POST",
            EVENTS.encode(),
            *context,
            b"Transfer-Encoding: chunked",
            b"Connection: close",
        )
        + b"2\r\n{}\r\n0\r\nX-User-Id: "
        + signed("POST", EVENTS)["X-User-Id"].encode()
        + b"\r\n\r\n"
    )
    check_envelope(answer, 401, "UNAUTHENTICATED")


def test_trailers_without_end_take_no_memory() -> None:
    with serving(message=1_000_000) as served:
        before = served.memory()
        head = raw_signed("POST", EVENTS, b"", b"Transfer-Encoding: chunked")
        with pytest.raises(OSError, match=r"(?i)pipe|reset"):
            served.flood(head + b"0\r\nX-Long: ")
        assert served.memory() - before < 10_000_000


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"HELLO\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        raw(b"GET", b"/\xff\xfe", b"Connection: close"),
        raw(b"GET", b"/health", b"Content-Length: -5"),
        raw(b"POST", EVENTS.encode(), b"Content-Length: 5", b"Content-Length: 6"),
        raw(b"POST", b"/x", b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        raw(b"POST", b"/health", b"Transfer-Encoding: chunked") + b"zz\r\n",
    ],
)
def test_what_is_not_http_is_refused_in_the_envelope(
    served: Served, sent: bytes
) -> None:
    answer = served.exchange(sent)
    assert answer.status_code in {400, 405}
    check_envelope(answer, answer.status_code, answer.json()["error"]["code"])


@pytest.mark.parametrize(
    ("method", "target"),
    [
        (b"GET", b"//"),
        (b"GET", b"/%"),
        (b"GET", b"/%zz/%ff"),
        (b"GET", b"/api/v1/events/%00"),
        (b"GET", b"/api/v1/events/..%2f..%2fhealth"),
        (b"GET", b"http://elsewhere/api/v1/events"),
        (b"GET", b"?x"),
        (b"OPTIONS", b"*"),
        (b"CONNECT", b"elsewhere:443"),
        (b"TRACE", b"/api/v1/events"),
        (b"GET", b"/#fragment"),
    ],
)
def test_an_odd_target_is_answered_in_the_envelope(
    served: Served, method: bytes, target: bytes
) -> None:
    answer = served.exchange(raw(method, target, b"Connection: close"))
    assert 400 <= answer.status_code < 500
    check_envelope(answer, answer.status_code, answer.json()["error"]["code"])


def test_a_connection_that_asks_for_nothing_is_closed_in_time() -> None:
    with serving(idle=1) as served, served.connect() as silent:
        with served.connect() as one:
            one.sendall(raw(b"GET", b"/health"))
            assert answer_of(one).status_code == 200  # and then the end
        assert silent.recv(1) == b""


def test_beyond_so_many_connections_another_is_told_and_closed() -> None:
    with serving(connections=3) as served, served.connect() as one:
        with served.connect(), served.connect(), served.connect() as beyond:
            check_envelope(answer_of(beyond), 503, "OVERLOADED")
        # Who was there before is served.
        one.sendall(raw(b"GET", b"/health", b"Connection: close"))
        assert answer_of(one).status_code == 200


def test_who_is_slow_with_her_head_is_not_waited_for(served: Served) -> None:
    began = time.monotonic()
    answer = served.exchange(b"GET /health HTTP/1.1\r\nX-Slow: ")
    check_envelope(answer, 408, "REQUEST_TIMEOUT")
    assert time.monotonic() - began < 3


def test_who_is_slow_with_her_body_is_not_waited_for(served: Served) -> None:
    head = raw_signed("POST", EVENTS, b"{}", b"Content-Length: 2")
    began = time.monotonic()
    with served.connect() as connection:
        connection.sendall(head + b"{")
        answer = httpx.Response(int(connection.recv(65536).split()[1]))
    assert answer.status_code == 408
    assert time.monotonic() - began < 3


def test_who_hangs_up_disturbs_nobody(served: Served) -> None:
    for sent in (
        b"",
        b"GET /hea",
        raw_signed("POST", EVENTS, b"{}", b"Content-Length: 2") + b"{",
        raw_signed("GET", EVENTS, b""),
    ):
        with served.connect() as connection:
            connection.sendall(sent)
    assert httpx.get(served.base + "/health").status_code == 200


def test_who_hung_up_finds_her_request_done(served: Served) -> None:
    body = orjson.dumps({"sleep": 0.3})
    head = raw_signed("POST", EVENTS, body, b"Content-Length: %d" % len(body))
    with served.connect() as connection:
        connection.sendall(head + body)
        time.sleep(0.1)
    answer = served.exchange(head.replace(b"Host: x", b"Connection: close") + body)
    assert answer.status_code == 201
    assert answer.headers["idempotency-replayed"] == "true"


def test_an_upgrade_nobody_knows_is_passed_over(served: Served) -> None:
    answer = served.exchange(
        raw(b"GET", b"/health", b"Connection: Upgrade, close", b"Upgrade: h2c")
    )
    assert answer.status_code == 200


async def test_at_sigterm_what_is_at_work_ends_and_the_rest_is_cleaned_up() -> None:
    with serving(drain=0.6) as served:
        body = orjson.dumps({"sleep": 1.2})
        async with httpx.AsyncClient(base_url=served.base) as client:
            at_work = asyncio.create_task(
                client.post(EVENTS, headers=signed("POST", EVENTS, body), content=body)
            )
            await asyncio.sleep(0.2)
            served.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
            ready = await client.get("/health/ready")
            check_envelope(ready, 503, "NOT_READY")
            still = await client.get(EVENTS, headers=signed("GET", EVENTS))
            assert still.status_code == 200
            assert still.headers["connection"] == "close"
            await asyncio.sleep(0.5)
            with pytest.raises(httpx.ConnectError):
                await httpx.AsyncClient().get(served.base + "/health")
            assert (await at_work).status_code == 201
        out, _ = served.process.communicate(timeout=8)
        assert (served.process.returncode, out) == (0, "cleaned up\n")


async def test_at_sigterm_work_without_end_is_told_so_and_the_process_ends() -> None:
    with serving(deadline=60) as served:
        body = orjson.dumps({"sleep": 60})
        async with httpx.AsyncClient(base_url=served.base, timeout=20) as client:
            headers = signed("POST", EVENTS, body)
            at_work = asyncio.create_task(
                client.post(EVENTS, headers=headers, content=body)
            )
            await asyncio.sleep(0.2)
            began = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            answer = await at_work
        check_envelope(answer, 503, "DEADLINE_EXCEEDED")
        assert "retry-after" in answer.headers
        out, _ = served.process.communicate(timeout=20)
        assert (served.process.returncode, out) == (0, "cleaned up\n")
        assert 4 < time.monotonic() - began < 10


def test_at_sigterm_a_process_that_hangs_ends_within_ten_seconds() -> None:
    with serving() as served, served.connect() as connection:
        body = orjson.dumps({"block": 60})
        length = b"Content-Length: %d" % len(body)
        connection.sendall(raw_signed("POST", EVENTS, body, length) + body)
        time.sleep(0.3)
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        _, err = served.process.communicate(timeout=20)
        assert served.process.returncode == 0
        assert 5 < time.monotonic() - began < 10
        assert "ended while something hung" in err


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM] * 2])
def test_sigint_and_a_second_signal_wait_for_no_drain(
    signals: list[signal.Signals],
) -> None:
    with serving(drain=60) as served:
        for one in signals:
            served.process.send_signal(one)
            time.sleep(0.2)
        out, _ = served.process.communicate(timeout=8)
        assert (served.process.returncode, out) == (0, "cleaned up\n")


def test_every_line_of_the_server_is_json() -> None:
    with serving() as served:
        served.exchange(b"HELLO\r\n\r\n")
        served.process.send_signal(signal.SIGINT)
        _, err = served.process.communicate(timeout=8)
    events = [orjson.loads(line)["event"] for line in err.splitlines()]
    assert {"request", "connection refused", "stopping"} <= set(events)
    assert "Started server process" in err


def test_a_taken_or_impossible_address_is_an_error() -> None:
    with bind("127.0.0.1", 0) as listener:
        listener.listen()
        with pytest.raises(OSError, match="in use"):
            bind("127.0.0.1", listener.getsockname()[1])
    with pytest.raises(OSError, match=r".+"):
        bind("203.0.113.7", 0)
    with bind("::", 0) as listener:
        assert listener.getsockname()[1] > 0
