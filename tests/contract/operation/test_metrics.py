"""What the metrics tell, and that the dashboard and the alerts ask for nothing else."""

import asyncio
import json
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from attrs import evolve, frozen
from prometheus_client.parser import text_string_to_metric_families

from adapters.http.routes import OPERATIONS
from adapters.postgres.embedded import RELAY
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.testing.contracts.outbox import a_subscriber
from tests.contract.operation.conftest import MakePlace
from tests.contract.service.caller import Caller, Person, calling
from tests.contract.service.process import Relay, Service
from tests.neighbours import Access, Portal, say
from tests.unit.adapters.http.edge.toy import (
    EVENTS,
    OLD_SECRET,
    check_envelope,
    signed,
)

DEPLOY = Path(__file__).parents[3] / "deploy"


@frozen
class Told:
    """The metrics as they were told once."""

    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    def __call__(self, name: str, **labels: str) -> float:
        return self.samples[f"events_core_{name}", frozenset(labels.items())]

    def labels(self, name: str) -> Mapping[str, set[str]]:
        """Return the labels of all samples of a name, each with its values."""
        found: dict[str, set[str]] = {}
        for sampled, labels in self.samples:
            for label, value in labels if sampled == name else ():
                found.setdefault(label, set()).add(value)
        return found

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.samples}


async def told_by(caller: Caller) -> Told:
    answer = await caller.client.get("/metrics/prometheus")
    assert answer.status_code == 200
    families = list(text_string_to_metric_families(answer.text))
    assert len({family.name for family in families}) == len(families)
    return Told(
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }
    )


async def told_by_a_relay(caller: Caller) -> Told:
    """Have a fact on its way, and return the metrics once it has been tried."""
    await caller.create(by=Person())
    return await told_of_attempts(caller)


async def told_of_attempts(caller: Caller) -> Told:
    """Return the metrics of who delivers, once a fact has been tried."""
    async with asyncio.timeout(30):
        while True:
            told = await told_by(caller)
            if "events_core_delivery_attempts_total" in told.names:
                return told
            await asyncio.sleep(0.05)


@pytest.fixture
async def settings(
    make_place: MakePlace, portal: Portal, access: Access
) -> dict[str, str]:
    """Settings of who knows two secrets and has five connections.

    She records traces, and delivers facts to somebody who is not there.
    """
    place = make_place()
    relay_url = place.cluster.dsn(RELAY, place.name)
    pool = RelayPool(relay_url)
    subscriber = evolve(a_subscriber(None), url="http://127.0.0.1:9/nobody")
    await Subscriptions(pool).add(subscriber)
    await pool.close()
    return {
        "PORTAL_BASE_URL": portal.url,
        "ACCESS_BASE_URL": access.url,
        "BFF_INTERNAL_HMAC_SECRET_PREVIOUS": OLD_SECRET.decode(),
        "EVENTS_DATABASE_CONNECTIONS": "5",
        "EVENTS_DATABASE_RELAY_URL": relay_url,
        "EVENTS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        **place.settings,
    }


@pytest.fixture
async def caller(settings: dict[str, str], tmp_path: Path) -> AsyncIterator[Caller]:
    """Whoever calls a service with these settings."""
    with Service(tmp_path, **settings) as service:
        async with calling(service.url) as caller:
            yield caller


async def test_they_tell_of_everything_that_can_run_short_or_fail(
    caller: Caller, portal: Portal, access: Access
) -> None:
    before = await told_by(caller)
    assert before("signatures_total", secret="previous") == 0
    assert before("signature_last_timestamp_seconds", secret="previous") == 0
    assert before("database_embedded") == 0
    assert before("store_up") == 1

    anna = Person()
    club = "018f2f6e-0000-7000-8000-00000000000c"
    scope = {"scopeType": "COMMUNITY", "scopeId": club}
    event = await caller.create(by=anna, visibility="community", **scope)
    for _ in range(2):
        await caller.listed(by=anna)
    portal.always(say(500))
    stranger = Person(anna.tenant)
    assert (await caller.ask("GET", f"/{event['id']}", by=stranger)).status_code == 503
    told = signed(
        "GET",
        EVENTS,
        secret=OLD_SECRET,
        timestamp=int(time.time()),
        tenant=str(anna.tenant),
        user=str(anna.user),
    )
    assert (await caller.client.get(EVENTS, headers=told)).status_code == 200

    after = await told_by(caller)
    count = "http_requests_total"
    assert after(count, operation="createEvent", status="2xx") == 1
    assert after(count, operation="listEvents", status="2xx") == 3
    assert after(count, operation="getEvent", status="5xx") == 1
    assert after("http_request_seconds_count", operation="listEvents") == 3
    calls = "neighbour_calls_total"
    assert after(calls, neighbour="access", outcome="answered") == len(access.calls)
    assert after(calls, neighbour="portal", outcome="failed") == 1
    assert after("neighbour_call_seconds_count", neighbour="portal") == len(
        portal.calls
    )
    assert after("cache_hits_total", cache="access") >= 2
    assert after("cache_misses_total", cache="access") == len(access.calls)
    assert after("cache_entries", cache="memberships") >= 1
    assert after("cache_capacity", cache="memberships") == 50_000
    assert after("database_connections_limit") == 5
    assert 1 <= after("database_connections", state="idle") <= 5
    assert after("database_connections", state="in_use") <= 1
    assert after("database_turns_total") > 8
    assert after("database_turns_missed_total") == 0
    assert after("database_turn_seconds_total") > 0
    assert after("http_requests_in_flight") == 0
    assert after("captured_signatures") == 4
    assert after("signatures_total", secret="previous") == 1
    assert after("signatures_total", secret="current") == 4
    last = after("signature_last_timestamp_seconds", secret="previous")
    assert last >= after.samples["process_start_time_seconds", frozenset()]
    build = after.labels("events_core_build_info")
    assert build["version"] == {metadata.version("events-core")}


def expressions() -> Iterator[str]:
    """Yield every expression of the alerts and of the dashboard."""
    for group in alerts()["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]
    dashboard = json.loads((DEPLOY / "grafana/events.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            # What Grafana puts in their places.
            yield target["expr"].replace("$__rate_interval", "5m")


def tried() -> Iterator[Any]:
    """Yield the series that the alerts are tried with, but for Prometheus's own."""
    for path in (DEPLOY / "prometheus").glob("*_test.yaml"):
        for trial in yaml.safe_load(path.read_text())["tests"]:
            for one in trial["input_series"]:
                series: Any = promql.parse(one["series"])
                if series.name != "up":
                    yield series


def alerts() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text()))


def selectors(expression: object) -> Iterator[Any]:
    """Yield what an expression selects, wherever it stands."""
    match expression:
        case promql.VectorSelector():
            yield expression
        case promql.MatrixSelector():
            yield expression.vector_selector
        case promql.Call():
            for argument in expression.args:
                yield from selectors(argument)
        case promql.BinaryExpr():
            yield from selectors(expression.lhs)
            yield from selectors(expression.rhs)
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr():
            yield from selectors(expression.expr)
        case _:
            assert isinstance(expression, promql.NumberLiteral), expression


async def test_alerts_and_dashboard_ask_for_what_there_is(
    caller: Caller, portal: Portal
) -> None:
    anna = Person()
    scope = {"scopeType": "TEAM", "scopeId": "018f2f6e-0000-7000-8000-00000000000c"}
    await caller.create(by=anna, visibility="team", **scope)
    await caller.listed(by=Person(anna.tenant))
    told = await told_by_a_relay(caller)
    operations = {operation.operation_id for operation in OPERATIONS}
    asked = [s for e in expressions() for s in selectors(promql.parse(e))]
    assert len(asked) > 50
    for selector in asked:
        if selector.name == "up":  # Prometheus's own
            continue
        assert selector.name in told.names, selector.name
        labels = told.labels(selector.name)
        for matcher in selector.matchers.matchers:
            if matcher.name == "job":  # put there by Prometheus
                continue
            assert matcher.name in labels, (selector.name, matcher.name)
            if matcher.name == "operation":
                assert matcher.value in operations | {"ready"}
            if matcher.name in {"secret", "state"}:
                assert matcher.value in labels[matcher.name]
    # And the alerts are tried with what is told.
    for series in tried():
        labels = told.labels(series.name)
        given = {matcher.name: matcher.value for matcher in series.matchers.matchers}
        assert given.keys() - {"job", "instance"} == labels.keys(), series.name
        assert given.get("le") in labels.get("le", {None}), series.name


async def test_json_tells_of_deliveries_too(caller: Caller) -> None:
    await told_by_a_relay(caller)
    told = (await caller.client.get("/metrics")).json()
    [subscriber] = told["subscription_lag_seconds"]
    assert told["subscription_pending"].keys() == {subscriber}
    assert told["subscription_state"][subscriber]["active"] == 1
    assert told["subscription_breaker"][subscriber]["half_open"] == 0
    assert told["delivery_attempts"][subscriber]["again"] >= 1
    assert told["relay_look_age_seconds"] >= 0
    assert "127.0.0.1" not in json.dumps(told)


async def test_a_relay_alone_tells_of_itself_and_of_what_is_to_be_delivered(
    settings: dict[str, str], tmp_path: Path
) -> None:
    with Service(tmp_path, **settings, EVENTS_RELAY="0") as service:
        async with calling(service.url) as caller:
            assert (
                "events_core_relay_look_age_seconds"
                not in (await told_by(caller)).names
            )
            await caller.create(by=Person())
    alone = {**settings, "EVENTS_RELAY_PORT": "0"}
    with Relay(tmp_path, **alone) as relay:
        async with calling(relay.url) as caller:
            told = await told_of_attempts(caller)
            assert 0 <= told("relay_look_age_seconds") < 60
            assert told("store_up") == 1
            assert told("events_total") == 1
            assert {"events_core_build_info", "process_open_fds"} <= told.names
            for path, status in (("/health/ready", 200), ("/health/live", 200)):
                assert (await caller.client.get(path)).status_code == status
            refused = await caller.client.get("/api/v1/events")
            check_envelope(refused, 404, "NOT_FOUND")
        relay.signal(signal.SIGTERM)
        assert await asyncio.to_thread(relay.wait) == 0


async def test_the_page_tells_of_every_metric_there_is(caller: Caller) -> None:
    await caller.listed(by=Person())
    there = {
        re.sub("_(bucket|count|sum)$", "", name)
        for name in (await told_by_a_relay(caller)).names
        if name.startswith("events_core_") and not name.endswith("_created")
    }
    page = (DEPLOY.parent / "docs/how-to/read-the-alerts.md").read_text()
    assert set(re.findall(r"events_core_\w+", page)) == there


def test_every_alert_says_when_how_bad_and_what() -> None:
    names = set()
    for group in alerts()["groups"]:
        assert group.keys() == {"name", "rules"}
        for rule in group["rules"]:
            assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
            assert re.fullmatch(r"\d+[smhd]", rule["for"])
            assert rule["labels"]["severity"] in {"page", "ticket", "info"}
            assert rule["annotations"]["summary"].endswith(".")
            names.add(rule["alert"])
    assert len(names) > 10


def test_the_panels_of_the_dashboard_have_each_a_place() -> None:
    dashboard = json.loads((DEPLOY / "grafana/events.json").read_text())
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken
                taken.add((x, y))
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
