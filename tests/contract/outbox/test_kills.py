"""Relays that are killed at random lose nothing, invent nothing, and keep the order."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from attrs import evolve

from adapters.postgres import PostgresStore
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.identity import TenantId
from events_core.testing.builders import (
    a_message_id,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import a_subscriber, next_of
from tests.unit.adapters.outbox.sink import Sink, open_sink

COMMAND = str(Path(sys.executable).with_name("events-core"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "6"))
PATIENCE = 150.0


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


class Killable:
    """A relay process that is killed without a word, and started again."""

    def __init__(self, relay_url: str) -> None:
        ours = ("EVENTS_", "BFF_", "ACCESS_", "PORTAL_", "DATABASE_", "ACTIVITY_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        self._environ = {
            **kept,
            "EVENTS_DATABASE_URL": relay_url,
            "EVENTS_DATABASE_RELAY_URL": relay_url,
            "EVENTS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
            "EVENTS_RETRY_SCHEDULE": ",".join(["0.2"] * 100),
        }
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [COMMAND, "relay"],
            env=self._environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self, how: signal.Signals) -> int:
        self._process.send_signal(how)
        return self._process.wait(20)


async def write(
    store: PostgresStore, tenant_id: TenantId, seconds: float
) -> tuple[set[str], set[str]]:
    """Write for a while; return the ids of what was committed, and of what was not."""
    chance = random.Random(7)
    committed, undone = set[str](), set[str]()
    event = an_event(tenant_id=tenant_id)
    change = arrival_of(event)
    until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until:
        message_id = str(change.facts[0].message_id)
        async with store.unit_of_work(tenant_id) as uow:
            await uow.events.save(change)
            await asyncio.sleep(chance.choice([0, 0, 0.01, 0.2]))
            stays = chance.random() < 0.9
            if stays:
                await uow.commit()
        (committed if stays else undone).add(message_id)
        if not stays:
            [fact] = change.facts
            change = evolve(change, facts=(evolve(fact, message_id=a_message_id()),))
        else:
            after = change.after
            assert after is not None
            change = step_between(after, next_of(after))
            if chance.random() < 0.3:
                change = arrival_of(an_event(tenant_id=tenant_id))
    return committed, undone


async def test_every_committed_fact_arrives_in_order_through_kills(
    store: PostgresStore, relay_url: str, pool: RelayPool, sink: Sink
) -> None:
    chance, subscriptions = random.Random(11), Subscriptions(pool)

    async def behave(request: web.Request, body: bytes) -> web.Response:
        if request.path == "/ill" and chance.random() < 0.2:
            return web.Response(status=500)
        return web.Response()

    sink.behave = behave
    tenants = [a_tenant() for _ in range(3)]
    for path in ("/sound", "/ill"):
        subscriber = evolve(a_subscriber(None), url=sink.url + path)
        await subscriptions.add(subscriber)
    dead = evolve(a_subscriber(None), url="http://127.0.0.1:1/dead")
    await subscriptions.add(dead)

    relays = [Killable(relay_url), Killable(relay_url)]
    try:
        writing = asyncio.gather(*(write(store, one, SECONDS) for one in tenants))
        while not writing.done():
            await asyncio.sleep(chance.uniform(0.5, 2))
            relay = chance.choice(relays)
            await asyncio.to_thread(relay.end, signal.SIGKILL)
            relay.start()
        written = await writing
        committed = set[str]().union(*(one for one, _ in written))
        undone = set[str]().union(*(one for _, one in written))
        assert committed

        async with asyncio.timeout(PATIENCE):
            for path in ("/sound", "/ill"):
                while not {f["message_id"] for f in told(sink, path)} >= committed:
                    sink.news.clear()
                    await sink.news.wait()
    finally:
        codes = [relay.end(signal.SIGTERM) for relay in relays]
    assert codes == [0, 0]
    for path in ("/sound", "/ill"):
        facts = told(sink, path)
        assert not {fact["message_id"] for fact in facts} & undone
        first: dict[str, list[int]] = defaultdict(list)
        positions: dict[str, set[int]] = defaultdict(set)
        bodies: dict[str, set[str]] = defaultdict(set)
        for fact in facts:
            positions[fact["tenant_id"]].add(fact["position"])
            bodies[fact["message_id"]].add(json.dumps(fact))
            if fact["event_version"] not in first[fact["event_id"]]:
                first[fact["event_id"]].append(fact["event_version"])
        assert all(versions == sorted(versions) for versions in first.values())
        assert all(seen == {*range(1, len(seen) + 1)} for seen in positions.values())
        assert all(len(same) == 1 for same in bodies.values())


def told(sink: Sink, path: str) -> list[dict[str, Any]]:
    return [json.loads(r.body) for r in sink.received if r.path == path]
