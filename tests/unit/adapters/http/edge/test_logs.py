import asyncio
import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.logs import LONGEST_TEXT, Redaction, configure_logging, render
from tests.logs import restored_logging
from tests.unit.adapters.http.edge.toy import (
    EVENT,
    EVENTS,
    SECRET,
    TENANT,
    USER,
    Service,
    signed,
)


class Lines(io.BytesIO):
    def told(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.getvalue().splitlines()]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.told() if line["event"] == event]


@pytest.fixture
def lines() -> Iterator[Lines]:
    stream = Lines()
    with restored_logging():
        configure_logging(level="info", secrets=[SECRET], stream=stream)
        yield stream


async def test_a_request_is_one_line(service: Service, lines: Lines) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    await service.call(
        "GET",
        f"{EVENTS}/{EVENT}?q=birthday",
        headers={"Traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
        request_id="r-1",
    )
    (line,) = lines.told()
    assert line.pop("duration_ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "r-1",
        "trace_id": trace,
        "tenant": TENANT,
        "user": USER,
        "method": "GET",
        "operation": "getEvent",
        "status": 200,
    }


async def test_a_refusal_is_told_with_its_code(service: Service, lines: Lines) -> None:
    await service.send("BREW", EVENTS)
    await service.send("GET", "/a/birthday/party")
    first, second = lines.named("request")
    assert (first["code"], first["method"]) == ("METHOD_NOT_ALLOWED", "other")
    assert (second["code"], second["operation"]) == ("NOT_FOUND", "unknown")
    assert b"birthday" not in lines.getvalue()


async def test_nobody_is_named_before_the_signature_holds(
    service: Service, lines: Lines
) -> None:
    await service.send(
        "GET", EVENTS, headers={**signed("GET", EVENTS), "X-Updspace-Timestamp": "1"}
    )
    (line,) = lines.told()
    assert (line["tenant"], line["user"]) == (None, None)


async def test_every_line_of_a_request_has_its_context(
    service: Service, lines: Lines
) -> None:
    def fail() -> Exception:
        structlog.get_logger().info("ours")
        logging.getLogger("theirs").warning("%s lines", "their")
        return RuntimeError("it is Ann's birthday")

    service.toy.fail = fail
    await service.call("POST", EVENTS, {}, request_id="r-1")
    told = lines.told()
    assert {line["event"] for line in told} >= {
        "ours",
        "their lines",
        "unexpected error",
        "request",
    }
    for line in told:
        who = (line["request_id"], line["tenant"], line["user"])
        assert who == ("r-1", TENANT, USER)


async def test_requests_at_once_do_not_mix_their_lines(
    service: Service, lines: Lines
) -> None:
    async def one(number: int) -> None:
        await service.call("POST", EVENTS, {"n": number}, request_id=f"r-{number}")

    await asyncio.gather(*(one(number) for number in range(20)))
    ids = [line["request_id"] for line in lines.named("request")]
    assert sorted(ids) == sorted(f"r-{number}" for number in range(20))
    assert structlog.contextvars.get_contextvars() == {}


async def test_of_an_error_only_type_and_place_are_told(
    service: Service, lines: Lines
) -> None:
    def fail() -> Exception:
        error = RuntimeError("it is Ann's birthday")
        error.__cause__ = ExceptionGroup("of Ann", [ValueError("birthday")])
        return error

    service.toy.fail = fail
    await service.call("POST", EVENTS, {})
    (line,) = lines.named("unexpected error")
    types = [told["type"] for told in line["exception"]]
    assert types == [
        "builtins.RuntimeError",
        "builtins.ExceptionGroup",
        "builtins.ValueError",
    ]
    assert any("toy.py" in place for place in line["exception"][0]["at"])
    assert b"Ann" not in lines.getvalue()


async def test_nothing_secret_or_personal_is_in_any_line(
    service: Service, lines: Lines
) -> None:
    canary = "canary-5e81"
    body = {"title": canary, "idempotencyKey": canary, "comment": canary}
    for fail in (None, lambda: RuntimeError(canary)):
        service.toy.fail = fail
        answer = await service.call(
            "POST",
            f"{EVENTS}?q={canary}",
            body,
            flags=f'{{"note":"{canary}"}}',
            headers={
                "Authorization": f"Bearer {canary}",
                "Cookie": canary,
                "User-Agent": canary,
                "If-Match": canary,
            },
        )
        assert answer.status_code in {201, 500}
    headers = signed("POST", EVENTS)
    await service.send("POST", EVENTS, headers=headers, content=canary.encode())
    assert lines.named("request")
    assert canary.encode() not in lines.getvalue()
    assert headers["X-Updspace-Signature"].encode() not in lines.getvalue()


async def test_a_captured_signature_is_told(service: Service, lines: Lines) -> None:
    headers = signed("GET", EVENTS, request_id="r-1")
    await service.send("GET", EVENTS, headers=headers)
    await service.send("GET", EVENTS, headers={**headers, "X-User-Id": EVENT})
    (line,) = lines.named("captured signature refused")
    assert (line["level"], line["user"], line["request_id"]) == (
        "warning",
        EVENT,
        "r-1",
    )


async def test_every_use_of_a_system_admin_is_told(
    service: Service, lines: Lines
) -> None:
    await service.call("GET", EVENTS, flags='{"system_admin":true}')
    (line,) = lines.named("system admin")
    assert line["user"] == USER


async def test_a_long_or_odd_request_id_breaks_no_line(
    service: Service, lines: Lines
) -> None:
    await service.call("GET", EVENTS, request_id="x" * 5000)
    raw = [(b"x-request-id", b'a\n{"event":"forged"}\xff\x00')]
    await service.send("GET", EVENTS, headers=raw)
    long, odd = lines.named("request")
    assert long["request_id"] == "x" * 128
    assert odd["request_id"].startswith('a\n{"event"')
    assert len(lines.told()) == 2


def test_known_secrets_are_struck_out_and_named_ones_dropped() -> None:
    secret = "the secret of them all"
    line = Redaction([secret.encode()])(
        None,
        "info",
        {
            "event": f"with {secret} in it",
            "Authorization": "x",
            "deep": {"Set-Cookie": "x", "kept": [secret, b"xyz", {"token": "x"}]},
            "long": "x" * 5000,
        },
    )
    assert line["event"] == "with [struck out] in it"
    assert line["deep"] == {"kept": ["[struck out]", "3 bytes", {}]}
    assert len(line["long"]) == LONGEST_TEXT + 1
    assert line.keys() == {"event", "deep", "long"}


def test_levels_below_the_threshold_are_not_written(lines: Lines) -> None:
    configure_logging(level="warning", stream=lines)
    structlog.get_logger().info("low")
    logging.getLogger("x").info("low")
    structlog.get_logger().warning("high")
    assert [line["event"] for line in lines.told()] == ["high"]
    with pytest.raises(ValueError, match="LOUD"):
        configure_logging(level="LOUD")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.binary(max_size=9)
    | st.text(st.characters(exclude_categories=()), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=9), values))
def test_anything_can_be_a_line(event: dict[str, Any]) -> None:
    line = render(None, "info", Redaction([])(None, "info", event))
    assert b"\n" not in line
