"""`events-core subscriptions`: every word of it, on a database of its own."""

import asyncio
import json
import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from attrs import evolve, frozen

from adapters.cli import main
from adapters.postgres import PostgresStore
from adapters.postgres.embedded import APP, RunningCluster
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.tracing import Trace
from adapters.webhooks import read_secret
from events_core.domain.actors import Via
from events_core.domain.audit import Deed
from events_core.domain.exposure import Visibility
from events_core.domain.identity import TenantId
from events_core.domain.publication import OPERATORS
from events_core.ports.outbox import Breaker, Delivery, Kind, Outcome
from events_core.testing.builders import a_tenant, an_event, arrival_of
from events_core.testing.contracts.outbox import result
from events_core.testing.contracts.store.audit import trail_of
from events_core.testing.contracts.store.chains import findings
from tests.collector import Collector

URL = "https://subscriber.example/hook"
ACTIVITY = "http://activity:8006/api/v1"
NOWHERE = str(uuid4())


@frozen
class Operator:
    """Uses the command line as an operator does."""

    environ: dict[str, str]
    capsys: pytest.CaptureFixture[str]

    async def says(self, *words: str) -> list[str]:
        """Run the words, in a thread as they have a loop of their own."""
        code = await asyncio.to_thread(main, ["subscriptions", *words], self.environ)
        told = self.capsys.readouterr()
        assert (code, told.err) == (0, "")
        return told.out.splitlines()

    async def is_told(self, *words: str) -> str:
        """Run words that are used wrongly, and return the one line that says how."""
        code = await asyncio.to_thread(main, ["subscriptions", *words], self.environ)
        told = self.capsys.readouterr()
        assert (code, told.out) == (2, "")
        [line] = told.err.splitlines()
        return line

    async def adds(self, *words: str, url: str = URL) -> str:
        """Subscribe somebody, and return her id."""
        one, _ = await self.says("add", "--url", url, *words)
        return one


@pytest.fixture
def operator(
    name: str,
    relay_url: str,
    postgres_cluster: RunningCluster,
    capsys: pytest.CaptureFixture[str],
) -> Operator:
    """An operator, with the settings she needs."""
    environ = {
        "EVENTS_DATABASE_URL": postgres_cluster.dsn(APP, name),
        "EVENTS_DATABASE_RELAY_URL": relay_url,
    }
    return Operator(environ, capsys)


@pytest.fixture
def outbox(pool: RelayPool) -> PostgresOutbox:
    return PostgresOutbox(pool)


@pytest.fixture
def tenant_id() -> TenantId:
    return a_tenant()


async def publish(
    store: PostgresStore,
    tenant_id: TenantId,
    visibility: Visibility = Visibility.PUBLIC,
) -> None:
    async with store.unit_of_work(tenant_id) as uow:
        event = an_event(tenant_id=tenant_id, visibility=visibility)
        await uow.events.save(arrival_of(event))
        await uow.commit()


async def claimed(outbox: PostgresOutbox) -> Sequence[Delivery]:
    while await outbox.advance():
        pass
    return await outbox.claim(room=99, each=99, busy={}, keep=timedelta(minutes=1))


async def test_who_is_added_is_listed_as_she_was_asked_for(
    operator: Operator, tenant_id: TenantId
) -> None:
    assert await operator.says("list") == ["there are none"]
    team = uuid4()
    one, secret = await operator.says(
        *("add", "--url", URL, "--tenant", str(tenant_id), "--signing", "internal"),
        *("--visibility", "public,team", "--persons", "--scope", f"TEAM:{team}"),
        *("--event-types", "event.created,event.withdrawn"),
    )
    assert len(read_secret(secret)) == 32
    plain = await operator.adds()
    given = (
        f"internal active tenant={tenant_id} visibility=public,team persons=yes"
        f" scope=TEAM:{team} event-types=event.created,event.withdrawn"
    )
    usual = (
        "standard active tenant=all visibility=public persons=no scope=any"
        " event-types=any"
    )
    assert await operator.says("list") == [
        f"{one} {given} pending=0 dead=0 {URL}",
        f"{plain} {usual} pending=0 dead=0 {URL}",
    ]


async def test_what_is_named_of_her_changes_and_the_rest_stays(
    operator: Operator, tenant_id: TenantId
) -> None:
    one = await operator.adds(
        "--tenant", str(tenant_id), "--event-types", "event.deleted"
    )
    community = uuid4()
    for words, said in (
        (("--visibility", "public,private"), "visibility=private,public"),
        (("--persons",), "persons=yes"),
        (("--no-persons",), "persons=no"),
        (("--scope", f"COMMUNITY:{community}"), f"scope=COMMUNITY:{community}"),
        (("--event-types", "any"), "event-types=any"),
        (("--url", f"{URL}/2"), f"{URL}/2"),
        (("--description", "Hers"), f"{URL}/2"),
    ):
        [before] = await operator.says("list")
        [line] = await operator.says("change", one, *words)
        assert said in line.split(" ")
        assert [line] == await operator.says("list")
        changed = {*line.split(" ")} ^ {*before.split(" ")}
        assert len(changed) == (0 if "--description" in words else 2)
    [line] = await operator.says("change", one, "--scope", "any")
    assert "scope=any" in line


async def test_who_is_widened_hears_of_what_comes_then(
    operator: Operator,
    store: PostgresStore,
    outbox: PostgresOutbox,
    tenant_id: TenantId,
) -> None:
    one = await operator.adds("--tenant", str(tenant_id))
    await publish(store, tenant_id, Visibility.PRIVATE)
    assert not await claimed(outbox)
    await operator.says("change", one, "--visibility", "public,private")
    await publish(store, tenant_id, Visibility.PRIVATE)
    assert [delivery.position for delivery in await claimed(outbox)] == [2]


async def test_a_new_url_is_tried_at_once(
    operator: Operator,
    store: PostgresStore,
    outbox: PostgresOutbox,
    tenant_id: TenantId,
) -> None:
    one = await operator.adds("--tenant", str(tenant_id))
    await publish(store, tenant_id)
    touchy = Breaker(opens_after=1)
    failed = [result(d, Outcome.AGAIN) for d in await claimed(outbox)]
    await outbox.settle(failed, touchy)
    [line] = await operator.says("list")
    assert re.search(r" active failing-since=\S+Z left-alone-until=\S+Z tenant=", line)
    await operator.says("change", one, "--description", "Still there")
    assert not await claimed(outbox)
    await operator.says("change", one, "--url", f"{URL}/new")
    [delivery] = await claimed(outbox)
    assert delivery.subscriber.url == f"{URL}/new"


async def test_she_is_paused_resumed_given_a_new_secret_and_removed(
    operator: Operator,
    store: PostgresStore,
    outbox: PostgresOutbox,
    tenant_id: TenantId,
) -> None:
    one = await operator.adds("--tenant", str(tenant_id))
    assert await operator.says("pause", one) == ["done"]
    await publish(store, tenant_id)
    assert not await claimed(outbox)
    assert await operator.says("resume", one) == ["done"]
    [secret] = await operator.says("rotate", one)
    [delivery] = await claimed(outbox)
    assert delivery.subscriber.secrets[0] == read_secret(secret)
    assert len(delivery.subscriber.secrets) == 2
    await outbox.settle([result(delivery, Outcome.DEAD)], Breaker())
    await publish(store, tenant_id)
    while await outbox.advance():
        pass
    assert await operator.says("remove", one) == ["done"]
    assert await operator.says("list") == ["there are none"]
    assert not await claimed(outbox)


@pytest.mark.parametrize("of", [(), ("--tenant",)])
async def test_what_became_of_deliveries_is_shown_and_tried_again(
    operator: Operator,
    store: PostgresStore,
    outbox: PostgresOutbox,
    tenant_id: TenantId,
    of: tuple[str, ...],
) -> None:
    whose = (*of, str(tenant_id)) if of else ()
    one = await operator.adds(*whose, "--visibility", "public,private")
    assert await operator.says("deliveries", one) == ["there are none"]
    assert await operator.says("dead-letters", one) == ["there are none"]
    for _ in range(3):
        await publish(store, tenant_id)
    first, second, third = await claimed(outbox)
    results = [
        evolve(result(first), status=204),
        evolve(result(second, Outcome.DEAD), status=400, error="HTTP 400"),
        result(third, Outcome.AGAIN, timedelta(hours=1)),
    ]
    await outbox.settle(results, Breaker())
    shown = await operator.says("deliveries", one)
    heads = [line.split(" ")[:4] for line in shown if not line.startswith(" ")]
    assert heads == [
        [str(third.message_id), "event.created", "position=3", "pending"],
        [str(second.message_id), "event.created", "position=2", "dead"],
        [str(first.message_id), "event.created", "position=1", "delivered"],
    ]
    attempts = [line.split() for line in shown if line.startswith(" ")]
    assert [[one[0], one[2], *one[4:]] for one in attempts] == [
        ["1", "again"],
        ["1", "dead", "HTTP", "400"],
        ["1", "delivered", "204"],
    ]
    assert len(await operator.says("deliveries", one, "--limit", "1")) == 2

    dead = str(second.message_id)
    [letter] = await operator.says("dead-letters", one)
    assert letter.startswith(f"{dead} event.created position=2 attempts=1 died=")
    _, text = await operator.says("dead-letters", one, "--message", dead)
    assert json.loads(text)["message_id"] == dead
    for choice in (
        ("--message", NOWHERE),
        ("--event-types", "event.deleted"),
        ("--since", "2999-01-01T00:00Z"),
        ("--until", "2001-01-01T00:00Z"),
    ):
        assert await operator.says("dead-letters", one, *choice) == ["there are none"]
        assert await operator.says("retry", one, *choice) == ["0 will be tried again"]
    assert await operator.says("retry", one) == ["1 will be tried again"]
    [again] = await claimed(outbox)
    assert (again.message_id, again.attempt) == (second.message_id, 1)
    await outbox.settle([result(again)], Breaker())

    for words, positions in (
        (("--from-position", "2"), [2, 3]),
        (("--since", "2001-01-01T00:00+02:00"), [1, 2, 3]),
    ):
        assert await operator.says("replay", one, *words) == ["done"]
        told = await claimed(outbox)
        assert [delivery.position for delivery in told] == positions
        await outbox.settle([result(delivery) for delivery in told], Breaker())


@pytest.mark.parametrize("of", [(), ("--persons", "--tenant")])
async def test_a_test_is_sent_to_her_alone_whoever_manages_her(
    operator: Operator, outbox: PostgresOutbox, tenant_id: TenantId, of: tuple[str, ...]
) -> None:
    whose = (*of, str(tenant_id)) if of else ()
    one = await operator.adds(*whose)
    await operator.adds(*whose)
    [said] = await operator.says("test", one)
    [delivery] = await claimed(outbox)
    assert said == f"{delivery.message_id} is on its way"
    assert str(delivery.subscriber.id) == one
    assert delivery.event_type == "subscription.test"


@pytest.mark.parametrize("is_everybodys", [False, True])
async def test_what_an_operator_has_told_again_is_in_the_trail(
    *,
    operator: Operator,
    store: PostgresStore,
    outbox: PostgresOutbox,
    tenant_id: TenantId,
    is_everybodys: bool,
) -> None:
    owner = OPERATORS if is_everybodys else tenant_id
    whose = () if is_everybodys else ("--tenant", str(tenant_id))
    one = await operator.adds(*whose)
    await publish(store, tenant_id)
    dead = [result(d, Outcome.DEAD) for d in await claimed(outbox)]
    await outbox.settle(dead, Breaker())
    for words in (
        ("retry",),
        ("retry",),
        ("test",),
        ("replay", "--from-position", "1"),
    ):
        await operator.says(words[0], one, *words[1:])
    while await outbox.advance():
        pass
    _, *trail = [
        told.entry
        for told in await trail_of(store, owner)
        if told.entry.subject_id == UUID(one)
    ]
    assert [(told.deed, told.by, told.via) for told in trail] == [
        (deed, None, Via.CLI) for deed in (Deed.RETRIED, Deed.TESTED, Deed.REPLAYED)
    ]
    assert await findings(store, owner) == []


async def test_a_test_belongs_to_a_trace_that_begins_with_the_command(
    operator: Operator, outbox: PostgresOutbox
) -> None:
    one, other = await operator.adds(), await operator.adds()
    with Collector() as collector:
        for who, endpoint in ((one, ""), (other, collector.url)):
            operator.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
            await operator.says("test", who)
        await asyncio.to_thread(collector.until, bool)
    told = {
        Trace.read(*delivery.trace): delivery.message_id
        for delivery in await claimed(outbox)
    }
    assert len(told) == 2
    assert None not in told
    [command] = [s for s in collector.spans if s.name == "subscriptions test"]
    assert not command.parent_span_id
    recorded = {s.trace_id.hex() for s in collector.spans}
    assert recorded == {command.trace_id.hex()}
    assert recorded < {trace.trace_id for trace in told if trace}


async def test_activity_is_told_below_its_address(
    operator: Operator, outbox: PostgresOutbox
) -> None:
    assert "ACTIVITY_BASE_URL" in await operator.is_told("add-activity")
    operator.environ["ACTIVITY_BASE_URL"] = ACTIVITY
    [one] = await operator.says("add-activity")
    ingest = "/ingest/webhook/minecraft"
    [line] = await operator.says("list")
    assert line.startswith(f"{one} activity active tenant=all visibility=public")
    assert line.endswith(f" {ACTIVITY}{ingest}")
    # Two would tell it in parallel, which breaks a tenant there for good.
    assert "already" in await operator.is_told("add-activity", "--tenant", NOWHERE)
    [line] = await operator.says("change", one, "--url", "http://elsewhere:1/api/")
    assert line.endswith(f" http://elsewhere:1/api{ingest}")
    await operator.says("test", one)
    [delivery] = await claimed(outbox)
    assert delivery.subscriber.kind is Kind.ACTIVITY
    await operator.says("remove", one)
    for tenant in (NOWHERE, str(uuid4())):
        await operator.says("add-activity", "--tenant", tenant)
    for again in (("--tenant", NOWHERE), ()):
        assert "already" in await operator.is_told("add-activity", *again)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "--url", "http://inner"), "--url must be https"),
        (("add", "--url", URL, "--tenant", "x"), "--tenant must be a UUID"),
        (
            ("add", "--url", URL, "--visibility", "all"),
            "--visibility must be of public",
        ),
        (("add", "--url", URL, "--event-types", "x"), "there is no x"),
        (("add", "--url", URL, "--scope", "CITY:1"), "--scope must be of TENANT:ID"),
        (("add", "--url", URL, "--scope", "TEAM:1"), "--scope must be a UUID"),
        (("add-activity", "--url", "activity"), "--url must be http or https"),
        (("add-activity", "--url", "http://me@activity"), "--url must have no user"),
        (("add-activity", "--url", "http://activity/?a=b"), "--url must have no query"),
        (("add-activity", "--url", "http://activity:x"), "--url must be a URL"),
        (("add-activity", "--url", "http://activity/../b"), "--url must have its path"),
        (("change", NOWHERE), "say what is to change"),
        (("change", NOWHERE, "--persons"), "there is no subscription"),
        (("change", "x", "--persons"), "ID must be a UUID"),
        (("pause", NOWHERE), "there is no subscription"),
        (("resume", NOWHERE), "there is no subscription"),
        (("remove", NOWHERE), "there is no subscription"),
        (("rotate", NOWHERE), "there is no subscription"),
        (("test", NOWHERE), "there is no subscription"),
        (("deliveries", NOWHERE), "there is no subscription"),
        (("deliveries", NOWHERE, "--limit", "-1"), "--limit must be a whole number"),
        (("dead-letters", NOWHERE), "there is no subscription"),
        (("dead-letters", NOWHERE, "--since", "soon"), "--since must be a time"),
        (("retry", NOWHERE), "there is no subscription"),
        (("retry", NOWHERE, "--message", "x"), "--message must be a UUID"),
        (("retry", NOWHERE, "--until", "2027-01-01T00:00"), "must have an offset"),
        (("replay", NOWHERE, "--from-position", "1"), "there is no subscription"),
    ],
)
async def test_what_is_used_wrongly_is_told_in_one_line(
    operator: Operator, words: tuple[str, ...], told: str
) -> None:
    assert told in await operator.is_told(*words)
    assert await operator.says("list") == ["there are none"]
