"""Subscriptions are changed in all ways, fifty times a second, while facts come.

What happens is numbered as this process sees it: when a fact began to be written, when
a change was committed, when a request came. `nox -s chaos` runs it for longer.
"""

import asyncio
import itertools
import json
import os
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import UUID

import pytest
from aiohttp import web
from attrs import define, field, frozen

from adapters import webhooks
from adapters.postgres import Database, PostgresPublishing, PostgresStore
from adapters.postgres.queue.wakeups import Announcer
from events_core.ports.outbox import State
from events_core.ports.publishing import NewTerms, SubscriptionBook, Terms
from events_core.testing.builders import (
    a_cause,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
    step_between,
)
from events_core.testing.contracts.outbox import next_of
from tests.contract.outbox.test_delivery import relaying
from tests.unit.adapters.outbox.sink import Sink, open_sink

SECONDS = min(float(os.environ.get("CHAOS_SECONDS", "2.5")), 60.0)
SEED = int(os.environ.get("CHAOS_SEED", "11"))
EVERY = 0.02
MOST = 5
TENANT = a_tenant()

#: What has to be done before it ends, however slow everything is.
WAYS = {"added", "moved", "rotated", "paused", "resumed", "left", "removed"}


@frozen
class Call:
    """One request: when it came, to which of her URLs, and what she had been shown."""

    at: int
    generation: int
    message_id: str
    event: tuple[str, int]
    headers: dict[str, str]
    body: bytes
    secrets: int


@define(eq=False)
class Known:
    """A subscription as whoever manages it knows it; each list is of what is done."""

    id: UUID
    added_at: int
    secrets: list[tuple[int, str]]
    moved_at: list[int] = field(factory=list)
    rests: list[tuple[int, int]] = field(factory=list)
    paused_at: int | None = None
    removed_at: int | None = None
    wants_none: bool = False
    generation: int = 0
    rotations_begun: int = 1
    calls: list[Call] = field(factory=list)


@define
class World:
    """Who is subscribed, what was written, and the number of the next thing."""

    book: SubscriptionBook
    url: str
    chance: random.Random
    numbers: Iterator[int] = field(factory=itertools.count)
    known: dict[str, Known] = field(factory=dict)
    written: dict[str, int] = field(factory=dict)
    done: set[str] = field(factory=set)

    @property
    def there(self) -> list[str]:
        return [n for n, one in self.known.items() if one.removed_at is None]

    async def take(self, request: web.Request, body: bytes) -> web.Response:
        _, name, generation = request.path.split("/")
        one, told = self.known[name], json.loads(body)
        one.calls.append(
            Call(
                next(self.numbers),
                int(generation),
                told["message_id"],
                (told["event_id"], told["event_version"]),
                {key.lower(): value for key, value in request.headers.items()},
                body,
                one.rotations_begun,
            )
        )
        return web.Response(status=410 if one.wants_none else 200)

    async def change(self) -> None:
        """Do something to somebody."""
        ways: list[Callable[[str], Awaitable[None]]] = [
            *(self.move, self.move, self.rotate, self.rotate),
            *(self.pause, self.resume, self.resume, self.leave, self.remove),
        ]
        if len(self.there) < 2 or self.chance.random() < 0.1:
            await self.add(str(len(self.known)))
        else:
            await self.chance.choice(ways)(self.chance.choice(self.there))

    async def add(self, name: str) -> None:
        if len(self.there) >= MOST:
            return
        subscription_id = new_uuid()
        # She may be called before this is told to have been done.
        self.known[name] = one = Known(subscription_id, 0, [])
        terms = Terms(url=f"{self.url}/{name}/0")
        secret = await self.book.add(subscription_id, terms, most=MOST)
        one.added_at = next(self.numbers)
        one.secrets.append((one.added_at, webhooks.shown_secret(secret)))
        self.done.add("added")

    async def move(self, name: str) -> None:
        one = self.known[name]
        one.generation += 1
        await self.change_of(one, NewTerms(url=f"{self.url}/{name}/{one.generation}"))
        one.moved_at.append(next(self.numbers))
        self.done.add("moved")

    async def rotate(self, name: str) -> None:
        one = self.known[name]
        one.rotations_begun += 1
        secret = await self.book.rotate(one.id)
        assert secret is not None
        one.secrets.append((next(self.numbers), webhooks.shown_secret(secret)))
        self.done.add("rotated")

    async def pause(self, name: str) -> None:
        one = self.known[name]
        if one.paused_at is None:
            await self.change_of(one, NewTerms(state=State.PAUSED))
            one.paused_at = next(self.numbers)
            self.done.add("paused")

    async def resume(self, name: str) -> None:
        one = self.known[name]
        one.wants_none = False
        if one.paused_at is not None:
            one.rests.append((one.paused_at, next(self.numbers)))
            one.paused_at = None
        await self.change_of(one, NewTerms(state=State.ACTIVE))
        self.done.add("resumed")

    async def leave(self, name: str) -> None:
        """Have her answer 410, which disables her."""
        self.known[name].wants_none = True
        self.done.add("left")

    async def remove(self, name: str) -> None:
        one = self.known[name]
        if len(self.there) > 2:
            assert await self.book.remove(one.id)
            one.removed_at = next(self.numbers)
            self.done.add("removed")

    async def change_of(self, one: Known, terms: NewTerms) -> None:
        assert await self.book.change(one.id, terms)

    async def write(self, store: PostgresStore, until: asyncio.Event) -> None:
        """Write facts of new events, and of what became of them."""
        change = arrival_of(an_event(tenant_id=TENANT))
        while not until.is_set():
            message_id = str(change.facts[0].message_id)
            self.written[message_id] = next(self.numbers)
            async with store.unit_of_work(TENANT) as uow:
                await uow.events.save(change)
                await uow.commit()
            after = change.after
            assert after is not None
            change = step_between(after, next_of(after))
            if self.chance.random() < 0.3:
                change = arrival_of(an_event(tenant_id=TENANT))

    def wants(self, one: Known) -> set[str]:
        """Return what was written since somebody was added."""
        return {m for m, began in self.written.items() if began > one.added_at}


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


async def test_whatever_is_changed_of_subscriptions_holds_for_what_is_written_then(
    app: Database, relay_url: str, sink: Sink
) -> None:
    """Nothing at an old URL or where one is paused or removed, and nothing is lost."""
    announcer, ended = Announcer(relay_url), asyncio.Event()
    store = PostgresStore(app, announcer.announce)
    book = PostgresPublishing(app).of(TENANT, a_cause()).subscriptions
    world = World(book, sink.url, random.Random(SEED))
    sink.behave = world.take
    clock = asyncio.get_running_loop().time
    try:
        async with relaying(relay_url):
            writing = asyncio.create_task(world.write(store, ended))
            until = clock() + SECONDS
            while clock() < until or world.done != WAYS:
                turn = clock() + EVERY
                await world.change()
                await asyncio.sleep(max(0.0, turn - clock()))
            ended.set()
            await writing
            announcer.announce()
            await until_told(world)
    finally:
        await announcer.close()
    for one in world.known.values():
        check_places(world, one)
        check_signatures(world, one)
        check_order(one)


async def until_told(world: World) -> None:
    """Have everybody back, and wait until she has all that was written since."""
    async with asyncio.timeout(60):
        for name in world.there:
            one = world.known[name]
            while not {call.message_id for call in one.calls} >= world.wants(one):
                # What was under way may have had her disabled once more.
                await world.resume(name)
                await asyncio.sleep(0.1)


def check_places(world: World, one: Known) -> None:
    """What was written after something was done came where that says, or not."""
    for call in one.calls:
        began = world.written[call.message_id]
        least = sum(moved < began for moved in one.moved_at)
        assert call.generation >= least
        assert one.removed_at is None or began < one.removed_at
        for paused, resumed in one.rests:
            assert not paused < began < call.at < resumed


def check_signatures(world: World, one: Known) -> None:
    """Also who forgot the older secrets, or has not learnt of the newest, can tell."""
    for call in one.calls:
        began = world.written[call.message_id]
        of_then = max(0, sum(at < began for at, _ in one.secrets) - 1)
        shown = [secret for _, secret in one.secrets]
        for secrets in (shown[of_then:], shown[: max(1, call.secrets - 1)]):
            now = float(call.headers[webhooks.TIMESTAMP])
            webhooks.verify(secrets, headers=call.headers, body=call.body, now=now)


def check_order(one: Known) -> None:
    """Of each event what comes first comes in the order of its changes."""
    first: dict[str, list[int]] = defaultdict(list)
    for event_id, version in (call.event for call in one.calls):
        if version not in first[event_id]:
            first[event_id].append(version)
    assert all(versions == sorted(versions) for versions in first.values())
