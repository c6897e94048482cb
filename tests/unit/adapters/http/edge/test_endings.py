"""The real server when it is told to end, and when it cannot begin."""

import asyncio
import signal
import time

import httpx
import orjson
import pytest

from adapters.http.server import bind
from tests.unit.adapters.http.edge.serving import raw_signed, serving
from tests.unit.adapters.http.edge.toy import EVENTS, check_envelope, signed


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
        out, err = served.process.communicate(timeout=8)
        assert (served.process.returncode, out) == (0, "cleaned up\n")
        records = [orjson.loads(line) for line in err.splitlines()]
        assert not [one for one in records if one["level"] == "error"]


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
