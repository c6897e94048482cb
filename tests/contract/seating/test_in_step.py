"""Any history of an event with seats, in memory and in PostgreSQL, against a model.

All three take each step, say the same of it, and hold the same after it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from copy import deepcopy
from secrets import randbits
from typing import Any

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

from adapters.postgres import Database, PostgresStore, migrate
from adapters.postgres.embedded import APP, OWNER, RunningCluster
from events_core import (
    Answer,
    CreateEvent,
    DeleteEvent,
    MarkAttendance,
    MoveEvent,
    Policies,
    PromoteWaiting,
    QueueOrder,
    RestoreEvent,
    Revision,
    SetRsvp,
    SetRsvpFor,
    Status,
    UndoAttendance,
    UpdateEvent,
    Waitlist,
    WithdrawRsvp,
    create_event,
    delete_event,
    erase_person,
    mark_attendance,
    move_event,
    promote_waiting,
    restore_event,
    set_rsvp,
    set_rsvp_for,
    undo_attendance,
    update_event,
    withdraw_rsvp,
)
from events_core.domain.actors import Actor, Via
from events_core.domain.identity import Scope
from events_core.ports.store import Store
from events_core.testing.builders import a_person, a_tenant, an_actor
from events_core.testing.clock import ManualClock, SequentialIds
from events_core.testing.memory import MemoryStore
from events_core.testing.wired import MemoryCore
from events_core.usecases.let_time_pass import let_time_pass
from tests.contract.seating.model import PlainEvent, Refused, Who
from tests.contract.seating.world import World, at, plainly_held, told

CROWD = range(6)

people = st.sampled_from(CROWD)
managers = st.sampled_from(("manager", "steward"))
seldom = st.sampled_from((False, False, False, True))
capacities = st.sampled_from((None, 1, 2, 3, 4, 5, 6))
waitlists = st.sampled_from(Waitlist)
guests = st.sampled_from((0, 0, 0, 1, 1, 2, 3))
comments = st.sampled_from((None, None, "with cake"))
reasons = st.sampled_from((None, "by the book"))
moments = st.none() | st.integers(-3, 30)


@frozen
class Stage:
    """Where histories are played: a loop, and a store in PostgreSQL."""

    loop: asyncio.Runner
    store: Store


@pytest.fixture(scope="module")
def stage(
    postgres_cluster: RunningCluster, make_database: Callable[[], str]
) -> Iterator[Stage]:
    """A loop of its own: what ends an example early would end the one all share."""
    name = make_database()
    with asyncio.Runner() as loop:
        loop.run(migrate(postgres_cluster.dsn(OWNER, name)))
        database = Database.at(postgres_cluster.dsn(APP, name))
        yield Stage(loop, PostgresStore(database))
        loop.run(database.close())


class Histories(RuleBasedStateMachine):
    """What people do with an event, and what time does."""

    stage: Stage

    @initialize(
        capacity=capacities,
        waitlist=waitlists,
        guests=st.sampled_from((0, 3)),
        order=st.sampled_from(QueueOrder),
        is_draft=seldom,
    )
    def begin(
        self,
        capacity: int | None,
        waitlist: Waitlist,
        guests: int,
        order: QueueOrder,
        *,
        is_draft: bool,
    ) -> None:
        tenant, series = a_tenant(), randbits(62)
        status = Status.DRAFT if is_draft else Status.PUBLISHED
        self.actors: dict[Who, Actor] = {
            who: an_actor(tenant, a_person()) for who in (*CROWD, "manager", "steward")
        }
        self.worlds = []
        for store in (MemoryStore(), self.stage.store):
            core = MemoryCore(
                store=store,
                clock=ManualClock(),
                ids=SequentialIds(series),
                policies=Policies(queue_order=order),
            )
            for manager in ("manager", "steward"):
                core.access.bind(self.actors[manager], Scope.of_tenant(tenant))
            command = CreateEvent(
                title="Chess night",
                starts_at=at(24),
                ends_at=at(26),
                status=status,
                capacity=capacity,
                waitlist=waitlist,
                guests_per_answer=guests,
            )
            made = create_event(core, self.actors["manager"], command)
            listing = self.stage.loop.run(made)
            self.worlds.append(World(core, self.actors, listing.id))
        self.model = PlainEvent(
            capacity,
            waitlist.value,
            guests,
            start=24,
            status=status.value,
            strict=order is QueueOrder.STRICT,
        )

    # What people do.

    @rule(
        who=people,
        answer=st.sampled_from((*Answer, *[Answer.GOING] * 4)),
        guests=guests,
        comment=comments,
    )
    def answer(
        self, who: int, answer: Answer, guests: int, comment: str | None
    ) -> None:
        async def step(world: World) -> object:
            command = SetRsvp(
                event_id=world.event_id, answer=answer, guests=guests, comment=comment
            )
            standing = await set_rsvp(world.core, self.actors[who], command)
            return self._standing(standing)

        def plainly(model: PlainEvent) -> object:
            model.answer(who, answer.value, guests, comment, by=who)
            return self._plain_standing(model, who)

        self._take(step, plainly)

    @rule(
        who=people,
        answer=st.sampled_from((*Answer, Answer.GOING)),
        guests=guests,
        force=seldom,
        reason=reasons,
    )
    def answer_for(
        self, who: int, answer: Answer, guests: int, reason: str | None, *, force: bool
    ) -> None:
        async def step(world: World) -> object:
            command = SetRsvpFor(
                event_id=world.event_id,
                answer=answer,
                guests=guests,
                user_id=self.actors[who].user_id,
                force=force,
                reason=reason,
            )
            manager = self.actors["manager"]
            return self._standing(await set_rsvp_for(world.core, manager, command))

        def plainly(model: PlainEvent) -> object:
            model.answer(
                *(who, answer.value, guests, None),
                by="manager",
                force=force,
                reason=reason,
            )
            return self._plain_standing(model, who)

        self._take(step, plainly)

    @rule(who=people)
    def withdraw(self, who: int) -> None:
        async def step(world: World) -> None:
            command = WithdrawRsvp(event_id=world.event_id)
            await withdraw_rsvp(world.core, self.actors[who], command)

        self._take(step, lambda model: model.withdraw(who))

    @rule(chosen=st.lists(people, min_size=1, max_size=3), force=seldom, reason=reasons)
    def promote(self, chosen: list[int], reason: str | None, *, force: bool) -> None:
        async def step(world: World) -> object:
            command = PromoteWaiting(
                event_id=world.event_id,
                people=[self.actors[who].user_id for who in chosen],
                force=force,
                reason=reason,
            )
            done = await promote_waiting(world.core, self.actors["manager"], command)
            return [world.name(who) for who in done.promoted]

        self._take(
            step, lambda m: m.promote(chosen, "manager", force=force, reason=reason)
        )

    @rule(first=st.integers(1, 3), force=seldom)
    def promote_the_first(self, first: int, *, force: bool) -> None:
        async def step(world: World) -> object:
            command = PromoteWaiting(event_id=world.event_id, first=first, force=force)
            done = await promote_waiting(world.core, self.actors["manager"], command)
            return [world.name(who) for who in done.promoted]

        self._take(
            step,
            lambda m: m.promote(m.line[:first], "manager", force=force, reason=None),
        )

    @rule(who=people)
    def forget(self, who: int) -> None:
        async def step(world: World) -> None:
            actor = self.actors[who]
            await erase_person(world.core, actor, actor.user_id)

        self._take(step, lambda model: model.forget(who))

    # What becomes of the event.

    @rule(capacity=capacities, force=st.booleans())
    def change_capacity(self, capacity: int | None, *, force: bool) -> None:
        self._revise(Revision(capacity=capacity), force=force, capacity=capacity)

    @rule(waitlist=waitlists)
    def change_waitlist(self, waitlist: Waitlist) -> None:
        self._revise(Revision(waitlist=waitlist), waitlist=waitlist.value)

    @rule(guests=st.integers(0, 3))
    def change_guests(self, guests: int) -> None:
        self._revise(Revision(guests_per_answer=guests), guests=guests)

    @rule(ahead=moments)
    def change_deadline(self, ahead: int | None) -> None:
        hour = None if ahead is None else self.model.hour + ahead
        moment = None if hour is None else at(hour)
        self._revise(Revision(signup_deadline=moment), deadline=hour)

    @rule(ahead=moments)
    def change_opening(self, ahead: int | None) -> None:
        hour = None if ahead is None else self.model.hour + ahead
        moment = None if hour is None else at(hour)
        self._revise(Revision(signup_opens_at=moment), opens=hour)

    @rule(ahead=st.integers(0, 48))
    def change_start(self, ahead: int) -> None:
        hour = self.model.hour + ahead
        self._revise(Revision(starts_at=at(hour)), start=hour)

    @rule(
        to=st.sampled_from(
            (
                *(Status.PUBLISHED, Status.PUBLISHED, Status.PUBLISHED),
                *(Status.POSTPONED, Status.CANCELLED, Status.COMPLETED),
            )
        )
    )
    def move(self, to: Status) -> None:
        async def step(world: World) -> None:
            command = MoveEvent(event_id=world.event_id, to=to)
            await move_event(world.core, self.actors["manager"], command)

        self._take(step, lambda model: model.move(to.value))

    @rule(really=seldom)
    def delete(self, *, really: bool) -> None:
        async def step(world: World) -> None:
            command = DeleteEvent(event_id=world.event_id)
            await delete_event(world.core, self.actors["manager"], command)

        if really:
            self._take(step, lambda model: model.delete())

    @rule()
    def restore(self) -> None:
        async def step(world: World) -> None:
            command = RestoreEvent(event_id=world.event_id)
            await restore_event(world.core, self.actors["manager"], command)

        self._take(step, lambda model: model.restore())

    # What time does.

    @rule(hours=st.sampled_from((1, 1, 1, 3, 12, 24, 24 * 366)), really=st.booleans())
    def wait(self, hours: int, *, really: bool) -> None:
        if hours < 12 or really:
            self.model.hour += hours
            for world in self.worlds:
                world.core.clock.set(at(self.model.hour))

    @rule()
    def keep_house(self) -> None:
        async def step(world: World) -> object:
            system = Actor(self.actors[0].tenant_id, a_person(), via=Via.SYSTEM)
            due = await let_time_pass(world.core, system, world.event_id)
            return due and due.value

        self._take(step, lambda model: model.let_time_pass())

    # Who came.

    @rule(who=people, by=managers)
    def mark(self, who: int, by: str) -> None:
        self._mark(who, by, None, None)

    @rule(who=people, by=managers, nonce=st.sampled_from("abc"), ago=st.integers(-1, 3))
    def mark_late(self, who: int, by: str, nonce: str, ago: int) -> None:
        self._mark(who, by, nonce, self.model.hour - ago)

    @rule(who=people, by=managers)
    def undo(self, who: int, by: str) -> None:
        async def step(world: World) -> None:
            command = UndoAttendance(
                event_id=world.event_id, user_id=self.actors[who].user_id
            )
            await undo_attendance(world.core, self.actors[by], command)

        self._take(step, lambda model: model.undo(who))

    # What is always so.

    @invariant()
    def all_hold_the_same(self) -> None:
        if not hasattr(self, "model"):
            return
        here, there = [self.stage.loop.run(world.held()) for world in self.worlds]
        wanted = plainly_held(self.model)
        for name, value in wanted.items():
            assert here[name] == value, (name, "memory")
            assert there[name] == value, (name, "PostgreSQL")
        facts = [self.stage.loop.run(world.facts()) for world in self.worlds]
        assert facts[0] == facts[1]
        self._check_seats(there)

    def _check_seats(self, held: dict[str, Any]) -> None:
        """Check what is so of any event, whatever the model thinks."""
        *_, waiting, seats = held["counts"]
        rows = held["answers"].values()
        assert sum(line[1] for line in held["ledger"]) == seats
        assert seats == sum(row[1] for row in rows if row[3] == "confirmed")
        assert waiting == sum(row[3] == "waitlisted" for row in rows)
        assert held["places"] == [*range(1, waiting + 1)]
        was_forced = any(line[0] == "forced" and line[1] > 0 for line in held["ledger"])
        assert held["capacity"] is None or seats <= held["capacity"] or was_forced

    # How a step is taken.

    def _take(
        self,
        step: Callable[[World], Awaitable[object]],
        plainly: Callable[[PlainEvent], object],
    ) -> None:
        model, expected = deepcopy(self.model), None
        try:
            expected = plainly(model)
        except Refused as refused:
            expected = refused.told
        else:
            self.model = model
        here, there = [self.stage.loop.run(told(step(world))) for world in self.worlds]
        assert (here, there) == (expected, expected)

    def _revise(
        self,
        revision: Revision,
        *,
        force: bool = False,
        **terms: Any,  # noqa: ANN401
    ) -> None:
        async def step(world: World) -> object:
            command = UpdateEvent(
                event_id=world.event_id, revision=revision, force=force
            )
            listing = await update_event(world.core, self.actors["manager"], command)
            return [world.name(who) for who in listing.displaced]

        self._take(step, lambda m: m.revise("manager", force=force, **terms))

    def _mark(self, who: int, by: str, nonce: str | None, hour: int | None) -> None:
        async def step(world: World) -> object:
            command = MarkAttendance(
                event_id=world.event_id,
                user_id=self.actors[who].user_id,
                nonce=nonce,
                at=None if hour is None else at(hour),
            )
            mark = await mark_attendance(world.core, self.actors[by], command)
            return world.seen(mark.attendance), mark.created

        self._take(step, lambda model: model.mark(who, by, nonce, hour))

    def _standing(self, standing: Any) -> object:  # noqa: ANN401
        tally = standing.tally
        return (
            standing.answer and standing.answer.value,
            standing.admission and standing.admission.value,
            standing.position,
            (tally.interested, tally.going, tally.not_going),
        )

    def _plain_standing(self, model: PlainEvent, who: int) -> object:
        waits = who in model.line
        answer = "interested" if waits else model.answers[who].answer
        place = model.line.index(who) + 1 if waits else None
        counts = [model.count(a) for a in ("interested", "going", "not_going")]
        return answer, model.admission(who), place, tuple(counts)


def test_memory_postgresql_and_the_model_go_in_step(stage: Stage) -> None:
    run_state_machine_as_test(
        type("HistoriesHere", (Histories,), {"stage": stage}),
        settings=settings(
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
