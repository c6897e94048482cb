"""Any history of an outbox, in PostgreSQL, against a plain model of it.

Writers begin, commit and undo in any order; relays claim, settle, and lose their
claims; operators set back, send again, and pause.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from attrs import frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from adapters.postgres import Database, migrate
from adapters.postgres.embedded import OWNER, RELAY, SUPERUSER, RunningCluster
from adapters.postgres.publishing.dispatches import PostgresDispatchBook
from adapters.postgres.queue.low_water import LowWater
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.ports.outbox import Breaker, Delivery, Kind, Outcome, State
from events_core.ports.publishing import Choice
from events_core.testing.builders import a_cause, a_tenant, new_uuid
from events_core.testing.contracts.outbox import a_subscriber, result
from tests.contract.outbox.model import PlainOutbox
from tests.contract.outbox.writers import Writer

KEEP = timedelta(hours=1)
HOUR = timedelta(hours=1)
#: Nobody is left alone here, however often she fails.
NEVER = Breaker(opens_after=10**6)

OUTCOMES = {
    "delivered": (Outcome.DELIVERED, timedelta(0)),
    "again": (Outcome.AGAIN, timedelta(0)),
    "later": (Outcome.AGAIN, HOUR),
    "dead": (Outcome.DEAD, timedelta(0)),
    "not tried": (None, timedelta(0)),
}

writers = st.integers(0, 2)
events = st.integers(0, 2)


@frozen
class Stage:
    """Where histories are played: a loop, and who acts there."""

    loop: asyncio.Runner
    pool: RelayPool
    book: PostgresDispatchBook
    superuser: asyncpg.Connection
    writers: list[Writer]


@pytest.fixture(scope="module")
def stage(
    postgres_cluster: RunningCluster, make_database: Callable[[], str]
) -> Iterator[Stage]:
    """A loop of its own: what ends an example early would end the one all share."""
    name = make_database()
    with asyncio.Runner() as loop:
        loop.run(migrate(postgres_cluster.dsn(OWNER, name)))
        url = postgres_cluster.dsn(SUPERUSER, name)
        opened = [loop.run(asyncpg.connect(url)) for _ in range(4)]
        relay_url = postgres_cluster.dsn(RELAY, name)
        pool, relay = RelayPool(relay_url), Database.at(relay_url)
        writers = [Writer(one) for one in opened[1:]]
        book = PostgresDispatchBook(relay, None, a_cause())
        yield Stage(loop, pool, book, opened[0], writers)
        loop.run(relay.close())
        loop.run(pool.close())
        for one in opened:
            loop.run(one.close())


class Histories(RuleBasedStateMachine):
    """What becomes of facts, and of who is told of them."""

    stage: Stage

    @initialize(kind=st.sampled_from((Kind.STANDARD, Kind.ACTIVITY)))
    def begin(self, kind: Kind) -> None:
        self.do, self.tenant = self.stage.loop.run, a_tenant()
        self.event_ids = [new_uuid() for _ in range(3)]
        self.outbox = PostgresOutbox(self.stage.pool, low_water=LowWater(every=0))
        self.subscriptions = Subscriptions(self.stage.pool)
        self.subscriber = a_subscriber(self.tenant, kind=kind)
        self.do(self.subscriptions.add(self.subscriber))
        is_serial = kind is Kind.ACTIVITY
        self.model = PlainOutbox(lambda event: 0 if is_serial else event)
        self.messages: list[UUID] = []
        self.under_way: dict[int, list[int]] = {}
        self.claims: list[tuple[int, Delivery]] = []
        self.claims_made = 0

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        for who in list(self.under_way):
            self.end(who, is_commit=True)
        self._come_to_rest()
        self.do(self.subscriptions.remove(self.subscriber.id))

    # What writers do.

    @rule(who=writers, event=events)
    def write(self, who: int, event: int) -> None:
        """One event is one writer's until she commits: as with the store's lock."""
        taken = (
            self.model.events[fact]
            for other, facts in self.under_way.items()
            for fact in facts
            if other != who
        )
        if event in taken:
            return
        writer, number = self.stage.writers[who], len(self.model.events)
        if who not in self.under_way:
            self.do(writer.begin())
        facts = self.under_way.setdefault(who, [])
        of_event = writer.write(self.tenant, self.event_ids[event], version=1 + number)
        self.messages.append(self.do(of_event))
        self.model.events.append(event)
        facts.append(number)

    @rule(who=writers, is_commit=st.sampled_from((True, True, True, False)))
    def end(self, who: int, *, is_commit: bool) -> None:
        if (facts := self.under_way.pop(who, None)) is None:
            return
        writer = self.stage.writers[who]
        self.do(writer.commit() if is_commit else writer.roll_back())
        if is_commit:
            self.model.commit(facts)

    @rule(chosen=st.lists(events, min_size=1, max_size=4))
    def write_and_commit(self, chosen: list[int]) -> None:
        if (
            who := next((w for w in range(3) if w not in self.under_way), None)
        ) is None:
            return
        for event in chosen:
            self.write(who, event)
        self.end(who, is_commit=True)

    # What relays do.

    @rule()
    def advance(self) -> None:
        self.do(self.outbox.advance())
        self.model.advance()

    @rule(most=st.integers(1, 4))
    def advance_and_claim(self, most: int) -> None:
        self.advance()
        self.claim(most)

    @rule(most=st.integers(1, 4))
    def claim(self, most: int) -> None:
        self.claims_made += 1
        claimed = self.do(self.outbox.claim(room=9, each=most, busy={}, keep=KEEP))
        told = [delivery.position for delivery in claimed]
        assert told == self.model.claim(most, self.claims_made)
        for delivery in claimed:
            assert delivery.attempt == self.model.queue[delivery.position].attempts
            fact = self.model.order[delivery.position - 1]
            assert delivery.message_id == self.messages[fact]
        self.claims += [(self.claims_made, delivery) for delivery in claimed]

    @rule()
    def foresee_and_claim(self) -> None:
        """Whoever only looks sees what a relay gets that begins then."""
        foreseen = self.do(self.outbox.preview(room=9, each=9))
        self.advance()
        number = len(self.claims)
        self.claim(9)
        claimed = [delivery for _, delivery in self.claims[number:]]
        assert sorted(map(_shown, foreseen)) == sorted(map(_shown, claimed))

    @rule(which=st.integers(0, 9), outcome=st.sampled_from((*OUTCOMES, "delivered")))
    def settle(self, which: int, outcome: str) -> None:
        """Also what was settled before, or is another's by now."""
        if not self.claims:
            return
        holder, delivery = self.claims[-1 - which % len(self.claims)]
        done = result(delivery, *OUTCOMES[outcome])
        noted = self.do(self.outbox.settle([done], NEVER))
        assert noted == self.model.settle(delivery.position, holder, outcome)

    # What time and operators do.

    @rule()
    def claims_run_out(self) -> None:
        self._change("lease_until = NULL, lease_token = NULL")
        for waiting in self.model.queue.values():
            waiting.holder = None

    @rule()
    def time_passes(self) -> None:
        self._change(
            "next_at = CASE WHEN next_at > clock_timestamp() THEN statement_timestamp()"
            " ELSE next_at END"
        )
        self.model.let_time_pass()

    @rule(position=st.integers(1, 12))
    def replay(self, position: int) -> None:
        book = self.stage.book
        back = book.replay(self.subscriber.id, from_position=position)
        assert self.do(back)
        self.model.replay(position)

    @rule()
    def send_again(self) -> None:
        again = self.stage.book.send_again(self.subscriber.id, Choice(), most=1000)
        sent = self.do(again)
        assert sent == len(self.model.dead)
        self.model.send_again()

    @rule(is_active=st.sampled_from((True, True, False)))
    def pause(self, *, is_active: bool) -> None:
        state = State.ACTIVE if is_active else State.PAUSED
        self.do(self.subscriptions.set_state(self.subscriber.id, state))
        self.model.is_active = is_active

    # What is always so.

    @invariant()
    def both_hold_the_same(self) -> None:
        if not hasattr(self, "model"):
            return
        rows = self._rows("position, attempts, lease_token IS NOT NULL", "delivery")
        assert rows == [
            (position, waiting.attempts, waiting.holder is not None)
            for position, waiting in sorted(self.model.queue.items())
        ]
        dead = self._rows("position", "dead_letter")
        assert dead == [(position,) for position in sorted(self.model.dead)]
        noted = self._rows("place", "attempt", "AND outcome = 'delivered'")
        assert len(noted) == len(self.model.done)

    def _come_to_rest(self) -> None:
        """Have everything told; nothing that was committed is left out."""
        self.pause(is_active=True)
        self.claims_run_out()
        self.time_passes()
        self.send_again()
        self.advance()
        while self.model.queue:
            self.claim(9)
            for holder, delivery in self.claims:
                self.do(self.outbox.settle([result(delivery)], NEVER))
                self.model.settle(delivery.position, holder, "delivered")
            self.claims.clear()
        self.both_hold_the_same()
        assert {*self.model.done} == {*range(1, len(self.model.order) + 1)}
        first: dict[int, list[int]] = {}
        for position in dict.fromkeys(self.model.done):
            if position not in self.model.ever_dead:
                event = self.model.events[self.model.order[position - 1]]
                first.setdefault(event, []).append(position)
        assert all(told == sorted(told) for told in first.values())

    def _rows(self, what: str, table: str, also: str = "") -> list[tuple[object, ...]]:
        asked = (
            f"SELECT {what} FROM events.{table}"
            f" WHERE subscription_id = $1 {also} ORDER BY 1"
        )
        rows = self.do(self.stage.superuser.fetch(asked, self.subscriber.id))
        return [tuple(row) for row in rows]

    def _change(self, change: str) -> None:
        changed = f"UPDATE events.delivery SET {change} WHERE subscription_id = $1"
        self.do(self.stage.superuser.execute(changed, self.subscriber.id))


def _shown(delivery: Delivery) -> tuple[object, ...]:
    return delivery.place, delivery.position, delivery.message_id, delivery.body


def test_any_history_of_an_outbox_is_that_of_a_plain_one(stage: Stage) -> None:
    run_state_machine_as_test(
        type("HistoriesHere", (Histories,), {"stage": stage}),
        settings=settings(
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
