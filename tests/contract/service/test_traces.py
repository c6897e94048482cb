"""One trace, from whoever asks through the service to whoever is told of it."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
from attrs import evolve
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from adapters.postgres.embedded import RELAY
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.relaying import run_relay
from adapters.settings import Settings
from adapters.tracing import Trace
from events_core.domain.identity import TenantId
from events_core.ports.outbox import Kind
from events_core.testing.contracts.outbox import a_subscriber
from tests.collector import Collector, notes_of
from tests.contract.service.caller import SOON, Person
from tests.contract.service.database import Place
from tests.contract.service.neighbourhood import Neighbours
from tests.contract.service.wired import InProcess, in_process
from tests.unit.adapters.outbox.sink import Received, open_sink

CAME = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 1, "vendor=1")
NAME = "Canary7f3a"
RELAYED = Settings(webhook_allowed_hosts=frozenset({"127.0.0.1"}))


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture
def anna(neighbours: Neighbours) -> Person:
    """Somebody who plans events in a community, of which she asks first."""
    anna = Person()
    club = UUID(int=anna.user.int ^ 1)
    neighbours.join(anna, "COMMUNITY", club)
    neighbours.let_plan(anna, "COMMUNITY", club)
    return anna


async def told_of_a_creation(
    here: InProcess,
    anna: Person,
    headers: dict[str, str],
    kind: Kind = Kind.STANDARD,
) -> Received:
    """Have her plan an event and read it, and return what a subscriber is told."""
    relay_url = here.place.cluster.dsn(RELAY, here.place.name)
    stopping, pool = asyncio.Event(), RelayPool(relay_url)
    async with open_sink() as sink:
        subscriber = a_subscriber(TenantId(anna.tenant), kind=kind)
        subscriptions = Subscriptions(pool)
        await subscriptions.add(evolve(subscriber, url=f"{sink.url}/hook"))
        body = {
            "title": NAME,
            "startsAt": SOON,
            "scopeType": "COMMUNITY",
            "scopeId": str(UUID(int=anna.user.int ^ 1)),
        }
        answer = await here.caller.ask("POST", "/", body, by=anna, headers=headers)
        assert answer.status_code == 201, answer.text
        event = f"/{answer.json()['id']}"
        answer = await here.caller.ask("GET", event, by=anna, headers=headers)
        assert answer.status_code == 200, answer.text
        relaying = asyncio.create_task(
            run_relay(RELAYED, relay_url, stopping, tracer=here.wired.tracer)
        )
        await sink.until(1)
        stopping.set()
        await relaying
        await pool.close()
    [received] = sink.received
    return received


def has_delivered(spans: list[Span]) -> bool:
    return any(span.name.startswith("deliver ") for span in spans)


async def test_without_a_collector_the_trace_goes_through_as_it_came(
    place: Place, neighbours: Neighbours, anna: Person
) -> None:
    async with in_process(place, **neighbours.settings) as here:
        received = await told_of_a_creation(here, anna, CAME.headers)
    for headers in (
        received.headers,
        neighbours.portal.calls[-1].headers,
        neighbours.access.calls[-1].headers,
    ):
        assert headers["traceparent"] == CAME.parent
        assert headers["tracestate"] == "vendor=1"


@pytest.mark.parametrize("headers", [CAME.headers, {"traceparent": "nonsense"}])
async def test_a_collector_sees_it_whole_and_learns_nothing_of_persons(
    place: Place,
    neighbours: Neighbours,
    anna: Person,
    collector: Collector,
    headers: dict[str, str],
) -> None:
    async with in_process(
        place, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **neighbours.settings
    ) as here:
        received = await told_of_a_creation(here, anna, headers)
        await asyncio.to_thread(collector.until, has_delivered)
    told = Trace.read(received.headers["traceparent"])
    assert told is not None
    assert (told.trace_id == CAME.trace_id) == (headers == CAME.headers)
    spans = {
        span.span_id.hex(): span
        for span in collector.spans
        if span.trace_id.hex() == told.trace_id
    }
    came_from = CAME.span_id if headers == CAME.headers else ""
    for span in spans.values():
        if span.kind == span.SPAN_KIND_SERVER:
            assert span.parent_span_id.hex() == came_from
        else:
            assert span.parent_span_id.hex() in spans
    request = next(span for span in spans.values() if span.name.startswith("POST /"))
    assert request.name == "POST /api/v1/events"
    assert notes_of(request) == {
        "http.route": "/api/v1/events",
        "http.request.method": "POST",
        "http.response.status_code": 201,
    }

    delivery = spans[told.span_id]
    assert delivery.name == "deliver event.created"
    assert spans[delivery.parent_span_id.hex()].name == "transaction"
    assert notes_of(delivery)["events_core.outcome"] == "delivered"
    every = {span.span_id.hex(): span.name for span in collector.spans}
    for neighbour, name in (
        (neighbours.portal, "GET portal"),
        (neighbours.access, "POST access"),
    ):
        asked = Trace.read(neighbour.calls[-1].headers["traceparent"])
        assert asked is not None
        assert every[asked.span_id] == name
    assert "GET /api/v1/events/{event_id}" in every.values()

    sent = b"".join(collector.bodies)
    for secret in (NAME, str(anna.user), str(anna.tenant)):
        assert secret.encode() not in sent
