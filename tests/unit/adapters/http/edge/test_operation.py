import asyncio
from collections.abc import Iterable, Mapping

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.http.metrics import Metrics
from adapters.http.operation import Readiness
from adapters.http.settings import HttpSettings
from adapters.readings import Reading
from events_core import errors
from tests.unit.adapters.http.edge.toy import (
    EVENTS,
    OLD_SECRET,
    SECRET,
    Service,
    check_envelope,
)

FAR = ("203.0.113.7", 4711)
WITH_TOKEN = HttpSettings(secrets=(SECRET,), metrics_token="a token of metrics")


@pytest.mark.parametrize("path", ["/health", "/health/", "/health/live"])
async def test_health_says_that_it_answers_and_nothing_else(
    service: Service, path: str
) -> None:
    answer = await service.send("GET", path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "private, no-store"


async def test_ready_is_who_passes_all_checks(service: Service) -> None:
    answer = await service.send("GET", "/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok"},
        "relayAgeSeconds": 3,
    }


async def not_migrated() -> Readiness:
    return Readiness({"database": True, "migrations": False})


async def broken() -> Readiness:
    raise errors.StoreUnavailable


async def stuck() -> Readiness:
    await asyncio.sleep(60)
    raise AssertionError


async def test_not_ready_is_who_fails_one() -> None:
    service = Service(readiness=not_migrated)
    answer = await service.send("GET", "/health/ready")
    details = check_envelope(answer, 503, "NOT_READY")
    assert details == {"failed": ["migrations"], "retryAfterSeconds": 1}
    assert (await service.send("GET", "/health")).status_code == 200


async def test_not_ready_is_who_cannot_tell() -> None:
    answer = await Service(readiness=broken).send("GET", "/health/ready")
    check_envelope(answer, 503, "NOT_READY")


async def test_not_ready_is_who_takes_too_long_to_tell() -> None:
    async with asyncio.timeout(4):
        answer = await Service(readiness=stuck).send("GET", "/health/ready")
    check_envelope(answer, 503, "NOT_READY")


async def test_who_is_about_to_end_is_not_ready_and_goes_on_serving(
    service: Service,
) -> None:
    service.draining.set()
    answer = await service.send("GET", "/health/ready")
    assert check_envelope(answer, 503, "NOT_READY")["failed"] == ["draining"]
    assert (await service.call("GET", EVENTS)).status_code == 200


async def test_many_who_ask_at_once_are_one_question() -> None:
    asked = []

    async def counted() -> Readiness:
        asked.append(1)
        await asyncio.sleep(0.05)
        return Readiness({"database": True})

    service = Service(readiness=counted)
    await asyncio.gather(*(service.send("GET", "/health/ready") for _ in range(20)))
    assert len(asked) == 1


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
)
async def test_metrics_are_json_for_this_machine(address: str) -> None:
    service = Service(client_address=(address, 1))
    answer = await service.send("GET", "/metrics")
    assert answer.json() == {
        "events_total": 3,
        "subscription_lag_seconds": {"a": 1.5, "b": 0},
    }


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("203.0.113.7", {}),
        ("::2", {}),
        ("localhost", {}),
        ("", {}),
        ("203.0.113.7", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.7"}),
        ("203.0.113.7", {"Authorization": "Bearer None"}),
        ("203.0.113.7", {"Authorization": "Bearer "}),
    ],
)
async def test_metrics_are_for_nobody_else_without_a_token(
    address: str, headers: Mapping[str, str]
) -> None:
    service = Service(client_address=(address, 1))
    for path in ("/metrics", "/metrics/prometheus"):
        answer = await service.send("GET", path, headers=headers)
        check_envelope(answer, 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer a token of metrics", 200),
        ("bearer  a token of metrics ", 200),
        ("Bearer a token of metric", 401),
        ("Bearer й", 401),
        ("Basic a token of metrics", 401),
        ("a token of metrics", 401),
    ],
)
async def test_metrics_are_for_who_bears_the_token(
    authorization: str, status: int
) -> None:
    service = Service(client_address=FAR, settings=WITH_TOKEN)
    headers = {"Authorization": authorization}
    answer = await service.send("GET", "/metrics", headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "accept", "text"),
    [
        ("/metrics", "*/*", False),
        ("/metrics", "application/json, text/plain, */*", False),
        ("/metrics", "text/plain;version=0.0.4;q=0.3,*/*;q=0.1", True),
        ("/metrics", "application/openmetrics-text", True),
        ("/metrics/prometheus", "*/*", True),
        ("/metrics/prometheus/", "application/json", True),
    ],
)
async def test_metrics_are_text_for_who_asks_for_it(
    service: Service,
    path: str,
    accept: str,
    text: bool,  # noqa: FBT001
) -> None:
    answer = await service.send("GET", path, headers={"Accept": accept})
    told = answer.headers["content-type"]
    assert told.startswith("text/plain") if text else told == "application/json"


async def test_requests_are_counted_by_operation_and_status(service: Service) -> None:
    await service.call("GET", EVENTS)
    await service.call("GET", EVENTS, secret=OLD_SECRET)
    await service.send("GET", EVENTS)
    await service.send("GET", "/api/v1/events/x/y/z")
    text = (await service.send("GET", "/metrics/prometheus")).text
    name = "events_core_http_requests_total"
    assert f'{name}{{operation="listEvents",status="2xx"}} 2.0' in text
    assert f'{name}{{operation="listEvents",status="4xx"}} 1.0' in text
    assert f'{name}{{operation="unknown",status="4xx"}} 1.0' in text
    count = "events_core_http_request_seconds_count"
    assert f'{count}{{operation="listEvents"}} 3.0' in text
    assert 'events_core_signatures_total{secret="previous"} 1.0' in text
    assert "events_core_events_total 3.0" in text
    lag = "events_core_subscription_lag_seconds"
    assert f'{lag}{{subscription="a"}} 1.5' in text
    assert "events_core_store_up 1.0" in text


async def out_of_order() -> Iterable[Reading]:
    raise errors.StoreUnavailable


async def test_metrics_survive_the_store() -> None:
    service = Service(measure=out_of_order)
    text = (await service.send("GET", "/metrics/prometheus")).text
    assert "events_core_store_up 0.0" in text
    check_envelope(await service.send("GET", "/metrics"), 503, "DATABASE_UNAVAILABLE")


def test_what_one_watches_is_told_as_json_where_it_should_be() -> None:
    metrics = Metrics()
    labels = {"subscription": "a", "outcome": "dead"}
    attempts = Reading("delivery_attempts", "Attempts.", 2, labels, is_counter=True)
    metrics.watch(lambda: [attempts], as_json=True)
    metrics.watch(lambda: [Reading("pool", "Not for everybody.", 1)])
    assert metrics.json() == {"delivery_attempts": {"a": {"dead": 2}}}
    name = "events_core_delivery_attempts_total"
    assert f'{name}{{outcome="dead",subscription="a"}} 2.0' in metrics.text().decode()


async def read_me(_request: Request) -> Response:
    return Response(b"how to", media_type="text/html")


async def test_what_is_to_be_read_is_served_where_the_settings_say_so() -> None:
    page = Route("/docs", read_me, methods=["GET"])
    service = Service(pages=(page,))
    answer = await service.send("GET", "/docs")
    assert (answer.status_code, answer.text) == (200, "how to")
    check_envelope(await service.send("PUT", "/docs"), 405, "METHOD_NOT_ALLOWED")
    hidden = HttpSettings(secrets=(SECRET,), docs=False)
    service = Service(pages=(page,), settings=hidden)
    check_envelope(await service.send("GET", "/docs"), 404, "NOT_FOUND")


@pytest.mark.parametrize("secrets", [(), (b"short",), (SECRET, b"")])
def test_a_short_secret_is_none(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        HttpSettings(secrets=secrets)


def test_settings_do_not_show_their_secrets() -> None:
    told = repr(WITH_TOKEN)
    assert "present secret" not in told
    assert "token of" not in told
