"""The real server on loopback: what only shows on the wire."""

import time
from collections.abc import Iterator

import httpx
import orjson
import pytest

from tests.unit.adapters.http.edge.serving import (
    BODY,
    Served,
    answer_of,
    raw,
    raw_signed,
    serving,
)
from tests.unit.adapters.http.edge.toy import EVENTS, check_envelope, signed


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(arrival=1.0) as one:
        yield one


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
