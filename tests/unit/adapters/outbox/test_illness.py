"""A subscriber who is ill, by the clock of the test: when she is called, and how often.

Her requests cross a wire; only time goes by as the test says.
"""

import asyncio
import json
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from attrs import evolve

from adapters.outbox.client import WebhookClient
from adapters.outbox.delivering import Delivering
from adapters.outbox.retries import SCHEDULE
from events_core.ports.outbox import Breaker
from events_core.testing.builders import a_tenant, an_event, arrival_of, step_between
from events_core.testing.contracts.outbox import KEEP, a_subscriber, next_of
from events_core.testing.outbox import MemoryOutbox
from tests.unit.adapters.outbox.sink import Sink

TENANT = a_tenant()
MIDNIGHT = datetime(2027, 3, 15, tzinfo=UTC)

#: How many she is sent at once, while she is well.
AT_ONCE = 8


class Ward:
    """An outbox with one subscriber, who answers as she is told to from second on."""

    def __init__(self, client: WebhookClient, sink: Sink, seed: int = 1) -> None:
        self.outbox, self.sink = MemoryOutbox(), sink
        self.chances: list[float] = []
        self.called_at: list[float] = []
        self._random = random.Random(seed)
        self._deliver = Delivering(
            client=client,
            now=lambda: MIDNIGHT.timestamp() + self.now,
            chance=self._chance,
        )
        self.subscriber = evolve(a_subscriber(TENANT), url=f"{sink.url}/hook")
        self.outbox.subscribe(self.subscriber)

    @property
    def now(self) -> float:
        return self.outbox.queue.now.total_seconds()

    def publish(self, events: int, versions: int = 1) -> None:
        for _ in range(events):
            event = an_event(tenant_id=TENANT)
            self.outbox.publish(arrival_of(event))
            for _ in range(versions - 1):
                self.outbox.publish(step_between(event, event := next_of(event)))

    async def look(self) -> int:
        """Send what is due at this moment, and return how much it was."""
        while await self.outbox.advance():
            pass
        claimed = await self.outbox.claim(room=99, each=AT_ONCE, busy={}, keep=KEEP)
        self.called_at += [self.now] * len(claimed)
        results = await asyncio.gather(*map(self._deliver, claimed))
        await self.outbox.settle(results, Breaker())
        return len(claimed)

    async def live(self, until: float = 10**9) -> None:
        """Go on from one moment at which something is due to the next."""
        while True:
            while await self.look():
                pass
            due_in = await self.outbox.due_in()
            if due_in is None or self.now + due_in.total_seconds() > until:
                return
            self.outbox.wait(due_in)

    def told(self) -> list[tuple[str, int]]:
        """Return events and versions in the order in which she took them."""
        messages = [json.loads(received.body) for received in self.sink.received]
        return [(one["event_id"], one["event_version"]) for one in messages]

    def attempts(self) -> int:
        """Return how many attempts were noted."""
        one = self.outbox.queue.enrolled[self.subscriber.id]
        return sum(len(tried.attempts) for tried in one.tried.values())

    def is_over(self) -> bool:
        """Return whether everything is told and nothing was given up."""
        one = self.outbox.queue.enrolled[self.subscriber.id]
        return not one.queue and not one.dead

    def _chance(self) -> float:
        self.chances.append(self._random.random())
        return self.chances[-1]


@pytest.fixture
def ward(client: WebhookClient, sink: Sink) -> Ward:
    return Ward(client, sink)


def pause(number: int) -> float:
    """Return the pause of so many that come one after the other, from 1 on."""
    pauses = (5, 10, 20, 40, 80, 160, 320, 640, 900)
    return pauses[min(number, len(pauses)) - 1]


async def test_what_fails_to_the_end_is_tried_exactly_when_it_is_due(
    ward: Ward, sink: Sink
) -> None:
    """When its own wait is over, a fifth off at most, and her pause, too."""

    async def fail(request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=500)

    sink.behave = fail
    ward.publish(1)
    await ward.live()
    expected = [0.0]
    for attempt, (planned, chance) in enumerate(
        zip(SCHEDULE, ward.chances, strict=False), 1
    ):
        rests = 0.0 if attempt < 5 else pause(attempt - 4)
        expected.append(expected[-1] + max(planned * (0.8 + 0.4 * chance), rests))
    assert ward.called_at == pytest.approx(expected, abs=1e-4)
    assert len(ward.called_at) == len(SCHEDULE) + 1 == ward.attempts()
    [buried] = ward.outbox.queue.enrolled[ward.subscriber.id].dead.values()
    assert buried.status == 500


async def test_while_she_fails_no_attempts_are_spent_and_then_all_comes(
    ward: Ward, sink: Sink
) -> None:
    async def fail_for_a_minute(request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=500 if ward.now < 60 else 200)

    sink.behave = fail_for_a_minute
    ward.publish(20, versions=2)
    await ward.live()
    assert ward.is_over()
    # What was on its way, then one at the end of each pause: 5, 10, 20 and 40 s.
    calls = Counter(ward.called_at)
    assert [calls.pop(time) for time in (0, 5, 15, 35)] == [AT_ONCE, 1, 1, 1]
    assert calls == {75: 40}
    assert ward.attempts() == len(sink.received) == AT_ONCE + 3 + 40
    assert_in_order(ward.told())


@pytest.mark.parametrize("seed", range(3))
async def test_who_fails_now_and_then_is_told_of_everything_in_order(
    client: WebhookClient, sink: Sink, seed: int
) -> None:
    chance, taken = random.Random(seed), Counter[bytes]()

    async def fail_now_and_then(request: web.Request, body: bytes) -> web.Response:
        fails = chance.random() < 0.3
        taken[body] += not fails
        return web.Response(status=500 if fails else 200)

    sink.behave = fail_now_and_then
    ward = Ward(client, sink, seed)
    ward.publish(10, versions=4)
    await ward.live()
    assert ward.is_over()
    assert ward.attempts() == len(sink.received) > 40
    assert [taken[body] for body in taken] == [1] * 40
    assert_in_order(ward.told())


def in_seconds(seconds: float) -> str:
    return format_datetime(MIDNIGHT + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "rests"),
    [
        ("1", 1),
        ("3600", 3600),
        (in_seconds(90), 90),
        (in_seconds(-90), 0),
        ("0", 0),
        ("soon", 0),
        ("3600, 3600", 0),
    ],
)
async def test_who_asks_to_wait_is_not_called_before_that_with_anything(
    ward: Ward, sink: Sink, status: int, header: str, rests: float
) -> None:
    """What is nonsense or over asks for nothing."""

    async def ask_once(request: web.Request, body: bytes) -> web.Response:
        if len(sink.received) > 1:
            return web.Response()
        return web.Response(status=status, headers={"Retry-After": header})

    sink.behave = ask_once
    ward.publish(1)
    assert await ward.look() == 1
    ward.publish(AT_ONCE)
    await ward.live()
    assert ward.is_over()
    asked, *others, again = ward.called_at
    assert asked == 0
    assert others == [rests] * AT_ONCE
    assert again == pytest.approx(max(rests, SCHEDULE[0]), abs=0.2001)
    assert again >= rests


async def test_who_asks_for_it_over_and_over_is_asked_ever_more_seldom(
    ward: Ward, sink: Sink
) -> None:
    """Who says so of every request in a storm of them is called once in each pause."""

    async def ask(request: web.Request, body: bytes) -> web.Response:
        if ward.now < 600:
            return web.Response(status=429, headers={"Retry-After": "30"})
        return web.Response()

    sink.behave = ask
    ward.publish(300)
    await ward.live()
    assert ward.is_over()
    # Her own wait until ours is longer.
    expected = {0: AT_ONCE, 30: 1, 60: 1, 90: 1, 130: 1, 210: 1, 370: 1, 690: 300}
    assert Counter(ward.called_at) == expected
    assert ward.attempts() == len(sink.received)


def assert_in_order(told: list[tuple[str, int]]) -> None:
    """Of each event what comes first comes in the order of its changes."""
    first: dict[str, list[int]] = defaultdict(list)
    for event_id, version in told:
        if version not in first[event_id]:
            first[event_id].append(version)
    assert all(versions == sorted(versions) for versions in first.values())
