"""The worked example of a subscriber takes what a relay tells, once and in order."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve, frozen

from adapters.outbox.client import open_client
from adapters.outbox.delivering import Delivering
from adapters.webhooks import shown_secret
from events_core.domain.exposure import Visibility
from events_core.domain.facts import SubscriptionTested
from events_core.ports.outbox import Breaker, Delivery, Outcome, Subscriber
from events_core.testing.builders import (
    NOW,
    a_message_id,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import a_subscriber, next_of, result
from events_core.testing.outbox import MemoryOutbox

ROOT = Path(__file__).parents[2]
TENANT = a_tenant()
OLD, NEW = b"o" * 32, b"n" * 32


@frozen
class Example:
    """The example, running."""

    url: str
    path: Path

    def titles(self) -> dict[str, str | None]:
        """Return what it keeps."""
        with closing(sqlite3.connect(self.path)) as database:
            return dict(database.execute("SELECT id, title FROM event"))


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Example]:
    path = tmp_path / "titles.db"
    program = ROOT / "docs/examples/receive_facts.py"
    with subprocess.Popen(
        [sys.executable, program, path, "0"],
        env={**os.environ, "FACTS_SECRETS": shown_secret(OLD)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Example(f"http://127.0.0.1:{port}/facts", path)
        process.terminate()


@pytest.fixture
async def deliver() -> AsyncIterator[Delivering]:
    async with open_client({"127.0.0.1"}) as client:
        yield Delivering(client=client)


@pytest.fixture
def subscriber(example: Example) -> Subscriber:
    """Whom a relay tells at the example, while the secret changes."""
    return evolve(a_subscriber(TENANT), url=example.url, secrets=(NEW, OLD))


@pytest.fixture
def outbox(subscriber: Subscriber) -> MemoryOutbox:
    outbox = MemoryOutbox()
    outbox.subscribe(subscriber)
    return outbox


async def told(outbox: MemoryOutbox, deliver: Delivering) -> list[Delivery]:
    """Deliver all there is, and return it."""
    every: list[Delivery] = []
    while True:
        while await outbox.advance():
            pass
        keep = timedelta(minutes=1)
        claimed = await outbox.claim(room=9, each=9, busy={}, keep=keep)
        if not claimed:
            return every
        for delivery in claimed:
            assert (await deliver(delivery)).outcome is Outcome.DELIVERED
        await outbox.settle([result(one) for one in claimed], Breaker())
        every += claimed


async def test_it_keeps_what_comes_however_often_and_late(
    example: Example, outbox: MemoryOutbox, deliver: Delivering, subscriber: Subscriber
) -> None:
    first, second = (an_event(tenant_id=TENANT, title=name) for name in "AB")
    renamed = next_of(first)
    hidden = next_of(second, visibility=Visibility.PRIVATE)
    for change in (
        arrival_of(first),
        arrival_of(second),
        step_between(first, renamed),
        step_between(second, hidden),
    ):
        outbox.publish(change)
    outbox.queue.facts.append(
        SubscriptionTested(
            message_id=a_message_id(),
            tenant_id=TENANT,
            occurred_at=NOW,
            subscription_id=subscriber.id,
        )
    )
    every = await told(outbox, deliver)
    assert len(every) == 5
    kept = {str(first.id): "A!", str(second.id): None}
    assert example.titles() == kept
    for again in (*every, *reversed(every)):
        assert (await deliver(again)).status == 200
    # One that was never seen, and is older than what is known.
    assert (await deliver(evolve(every[0], message_id=a_message_id()))).status == 204
    assert example.titles() == kept


async def test_what_it_could_not_keep_it_takes_when_it_comes_again(
    example: Example, outbox: MemoryOutbox, deliver: Delivering
) -> None:
    event = an_event(tenant_id=TENANT, title="A")
    outbox.publish(arrival_of(event))
    while await outbox.advance():
        pass
    keep = timedelta(minutes=1)
    [delivery] = await outbox.claim(room=1, each=1, busy={}, keep=keep)
    with closing(sqlite3.connect(example.path)) as database:
        database.execute("BEGIN EXCLUSIVE")
        failed = await deliver(delivery)
    assert (failed.outcome, failed.status) == (Outcome.AGAIN, 500)
    assert example.titles() == {}
    assert (await deliver(delivery)).status == 204
    assert example.titles() == {str(event.id): "A"}


async def test_it_takes_nothing_that_is_not_signed_with_its_secret(
    example: Example, outbox: MemoryOutbox, deliver: Delivering, subscriber: Subscriber
) -> None:
    outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
    while await outbox.advance():
        pass
    keep = timedelta(minutes=1)
    [delivery] = await outbox.claim(room=1, each=1, busy={}, keep=keep)
    forger = evolve(subscriber, secrets=(NEW,))
    assert (await deliver(evolve(delivery, subscriber=forger))).status == 401
    assert example.titles() == {}
