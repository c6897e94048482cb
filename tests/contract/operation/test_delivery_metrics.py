"""What the metrics tell of deliveries is so: counted by who was called, and by hand."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from attrs import evolve

from adapters.outbox.messages import ACTIVITY_PATH
from adapters.postgres.embedded import RELAY
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.ports.outbox import Kind
from events_core.testing.contracts.outbox import a_subscriber
from tests.contract.operation.conftest import MakePlace
from tests.contract.operation.test_metrics import Told, told_by
from tests.contract.service.caller import Caller, Person, calling
from tests.contract.service.database import Place
from tests.contract.service.process import Service
from tests.unit.adapters.outbox.sink import Sink, open_sink

#: Fewer than have anybody left alone: then nothing is tried any more.
FACTS = 4

ANSWERS = {"well": 200, "ill": 500, "activity": 401}
OUTCOMES = {"well": "delivered", "ill": "again", "activity": "dead"}

#: From what was noted of each attempt, and from nothing that the metrics look at.
OLDEST = """
    SELECT extract(epoch FROM now() - min(given_at))::double precision
    FROM events.fact_position JOIN events.attempt USING (tenant_id, place)
    WHERE outcome = 'again'
"""


async def test_they_are_what_was_sent_and_what_came_of_it(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place, began = make_place(), time.time()
    async with open_sink() as sink:
        sink.behave = answer
        ids = await subscribed(place, sink)
        settings = {
            **place.settings,
            "EVENTS_DIRECTORY": "local",
            "EVENTS_DATABASE_RELAY_URL": place.cluster.dsn(RELAY, place.name),
            "EVENTS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
            "EVENTS_RETRY_SCHEDULE": "86400",
            "ACTIVITY_WEBHOOK_SECRET": "webhook secret",
        }
        with Service(tmp_path, **settings) as service:
            async with calling(service.url) as caller:
                anna = Person()
                for _ in range(FACTS):
                    await caller.create(by=anna)
                await sink.until(3 * FACTS)
                text, json = await at_rest(caller)
        sent = Counter(received.path.split("/")[1] for received in sink.received)
    assert sent == dict.fromkeys(ids, FACTS)
    for name, wanted in (("pending", FACTS), ("failed", FACTS), ("dead", FACTS)):
        assert text(f"outbox_{name}") == json[f"outbox_{name}"] == wanted
    [[oldest]] = await place.rows(OLDEST)
    assert isinstance(oldest, float)
    for age in (text("outbox_oldest_seconds"), json["outbox_oldest_seconds"]):
        assert 0 < age <= oldest <= time.time() - began
    for name, one in ids.items():
        outcome = OUTCOMES[name]
        attempts = text("delivery_attempts_total", subscription=one, outcome=outcome)
        assert json["delivery_attempts"][one] == {outcome: FACTS} == {outcome: attempts}
        lag, pending = (
            text(f"subscription_{what}", subscription=one)
            for what in ("lag_seconds", "pending")
        )
        assert (json["subscription_lag_seconds"][one] > 0) is (lag > 0)
        assert json["subscription_pending"][one] == pending
        assert (lag > 0, pending) == ((name == "ill"), FACTS * (name == "ill"))
        for what, is_one in (("breaker", "closed"), ("state", "active")):
            states = json[f"subscription_{what}"][one]
            assert [state for state, value in states.items() if value] == [is_one]
            for state, value in states.items():
                told = text(f"subscription_{what}", subscription=one, state=state)
                assert told == value


async def at_rest(caller: Caller) -> tuple[Told, Mapping[str, Any]]:
    """Return the metrics in both forms, once what was tried is noted.

    They are counted every ten seconds at most.
    """
    async with asyncio.timeout(60):
        while True:
            text = await told_by(caller)
            answered = await caller.client.get("/metrics")
            names = ("outbox_dead", "outbox_failed", "outbox_pending")
            if all(text(name) == FACTS for name in names):
                return text, answered.json()
            await asyncio.sleep(0.2)


async def answer(request: web.Request, _: bytes) -> web.Response:
    return web.Response(status=ANSWERS[request.path.split("/")[1]])


async def subscribed(place: Place, sink: Sink) -> dict[str, str]:
    """Subscribe who is well, who is ill, and Activity; return their ids."""
    pool = RelayPool(place.cluster.dsn(RELAY, place.name))
    ids = {}
    for name, kind in (
        ("well", Kind.STANDARD),
        ("ill", Kind.STANDARD),
        ("activity", Kind.ACTIVITY),
    ):
        path = f"/{name}{ACTIVITY_PATH if kind is Kind.ACTIVITY else ''}"
        subscriber = evolve(a_subscriber(None, kind=kind), url=sink.url + path)
        assert await Subscriptions(pool).add(subscriber)
        ids[name] = str(subscriber.id)
    await pool.close()
    return ids
