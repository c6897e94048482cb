"""Any history of an event with seats, in memory and in PostgreSQL, against a model.

All three take each step, say the same of it, and hold the same after it.
"""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from events_core import Answer, QueueOrder, Status, Waitlist
from tests.contract.seating.holding import at, plain_standing, plainly_held
from tests.contract.seating.model import PlainEvent, Refused
from tests.contract.seating.world import (
    CROWD,
    MANAGERS,
    Stage,
    World,
    told,
)

people = st.sampled_from(CROWD)
managers = st.sampled_from(MANAGERS)
seldom = st.sampled_from((False, False, False, True))
capacities = st.sampled_from((None, 1, 2, 3, 4, 5, 6))
waitlists = st.sampled_from(Waitlist)
guests = st.sampled_from((0, 0, 0, 1, 1, 2, 3))
comments = st.sampled_from((None, None, "with cake"))
reasons = st.sampled_from((None, "by the book"))
nonces = st.sampled_from("abc")
moments = st.none() | st.integers(-3, 30)
states = st.sampled_from(
    (
        *(Status.PUBLISHED, Status.PUBLISHED, Status.PUBLISHED),
        *(Status.POSTPONED, Status.CANCELLED, Status.COMPLETED),
    )
)


_FIELDS = {
    "opens": "signup_opens_at",
    "deadline": "signup_deadline",
    "start": "starts_at",
}


class Histories(RuleBasedStateMachine):
    """What people do with an event, and what time does."""

    stage: Stage

    @initialize(
        capacity=capacities,
        waitlist=waitlists,
        guests=st.sampled_from((0, 3)),
        order=st.sampled_from(QueueOrder),
        start=st.sampled_from((1, 2, 24)),
        status=st.sampled_from(
            (Status.PUBLISHED, Status.PUBLISHED, Status.PUBLISHED, Status.DRAFT)
        ),
    )
    def begin(  # noqa: PLR0917 (drawn by name)
        self,
        capacity: int | None,
        waitlist: Waitlist,
        guests: int,
        order: QueueOrder,
        start: int,
        status: Status,
    ) -> None:
        self.worlds = self.stage.worlds(
            start=start,
            status=status,
            order=order,
            capacity=capacity,
            waitlist=waitlist,
            guests_per_answer=guests,
        )
        self.model = PlainEvent(
            capacity,
            waitlist.value,
            guests,
            start=start,
            status=status.value,
            strict=order is QueueOrder.STRICT,
        )

    # What people do.

    def answer(
        self, who: int, answer: Answer, guests: int, comment: str | None
    ) -> None:
        def plainly(model: PlainEvent) -> object:
            model.answer(who, answer.value, guests, comment, by=who)
            return plain_standing(model, who)

        self._take(lambda w: w.answer(who, answer, guests, comment), plainly)

    come = rule(
        who=people, answer=st.just(Answer.GOING), guests=guests, comment=comments
    )(answer)
    say = rule(
        who=people, answer=st.sampled_from(Answer), guests=guests, comment=comments
    )(answer)

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
        def plainly(model: PlainEvent) -> object:
            model.answer(
                *(who, answer.value, guests, None),
                by="manager",
                force=force,
                reason=reason,
            )
            return plain_standing(model, who)

        self._take(
            lambda w: w.answer_for(who, answer, guests, reason, force=force), plainly
        )

    @rule(who=people)
    def withdraw(self, who: int) -> None:
        self._take(lambda w: w.withdraw(who), lambda m: m.withdraw(who))

    @rule(chosen=st.lists(people, min_size=1, max_size=3), force=seldom, reason=reasons)
    def promote(self, chosen: list[int], reason: str | None, *, force: bool) -> None:
        self._take(
            lambda w: w.promote(chosen, reason, force=force),
            lambda m: m.promote(chosen, "manager", force=force, reason=reason),
        )

    @rule(first=st.integers(1, 3), force=seldom)
    def promote_the_first(self, first: int, *, force: bool) -> None:
        self._take(
            lambda w: w.promote(first=first, force=force),
            lambda m: m.promote(m.line[:first], "manager", force=force, reason=None),
        )

    @rule(who=people)
    def forget(self, who: int) -> None:
        self._take(lambda w: w.forget(who), lambda m: m.forget(who))

    # What becomes of the event, by hand and by time.

    @rule(capacity=capacities, force=st.booleans())
    def change_capacity(self, capacity: int | None, *, force: bool) -> None:
        self._revise({"capacity": capacity}, force=force, capacity=capacity)

    @rule(data=st.data(), what=st.sampled_from(("waitlist", "guests", "moments")))
    def change_terms(self, data: st.DataObject, what: str) -> None:
        now = self.model.hour
        match what:
            case "waitlist":
                waitlist = data.draw(waitlists)
                self._revise({"waitlist": waitlist}, waitlist=waitlist.value)
            case "guests":
                most = data.draw(st.sampled_from((0, 3, 3)))
                self._revise({"guests_per_answer": most}, guests=most)
            case "moments":
                name = data.draw(st.sampled_from(("opens", "deadline", "start")))
                ahead = data.draw(moments if name != "start" else st.integers(0, 48))
                hour = None if ahead is None else now + ahead
                moment = None if hour is None else at(hour)
                terms: dict[str, Any] = {name: hour}
                self._revise({_FIELDS[name]: moment}, **terms)

    @rule(data=st.data(), what=st.sampled_from(("move", "move", "delete", "restore")))
    def live(self, data: st.DataObject, what: str) -> None:
        match what:
            case "move":
                to = data.draw(states)
                self._take(lambda w: w.move(to), lambda m: m.move(to.value))
            case "delete":
                self._take(lambda w: w.delete(), lambda m: m.delete())
            case "restore":
                self._take(lambda w: w.restore(), lambda m: m.restore())

    @rule(hours=st.sampled_from((0, 1, 1, 1, 3, 24, 24 * 366)))
    def wait(self, hours: int) -> None:
        """Let time pass; with none, have what is due be done."""
        if not hours:
            self._take(lambda w: w.let_time_pass(), lambda m: m.let_time_pass())
        self.model.hour += hours
        for world in self.worlds:
            world.wait_until(self.model.hour)

    # Who came.

    @rule(who=people, by=managers, ago=st.none() | st.integers(-1, 3), nonce=nonces)
    def mark(self, who: int, by: str, ago: int | None, nonce: str) -> None:
        late = () if ago is None else (nonce, self.model.hour - ago)
        self._take(lambda w: w.mark(who, by, *late), lambda m: m.mark(who, by, *late))

    @rule(who=people, by=managers)
    def undo(self, who: int, by: str) -> None:
        self._take(lambda w: w.undo(who, by), lambda m: m.undo(who))

    # What is always so.

    @invariant()
    def all_hold_the_same(self) -> None:
        if not hasattr(self, "model"):
            return
        here, there = [self.stage.loop.run(world.held()) for world in self.worlds]
        for name, value in plainly_held(self.model).items():
            assert here[name] == value, (name, "memory")
            assert there[name] == value, (name, "PostgreSQL")
        facts = [self.stage.loop.run(world.facts()) for world in self.worlds]
        assert facts[0] == facts[1]
        _check_seats(there)

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
        here, there = [self.stage.loop.run(told(step(one))) for one in self.worlds]
        assert (here, there) == (expected, expected)

    def _revise(
        self,
        values: dict[str, Any],
        *,
        force: bool = False,
        **terms: Any,  # noqa: ANN401
    ) -> None:
        self._take(
            lambda w: w.revise(force=force, **values),
            lambda m: m.revise("manager", force=force, **terms),
        )


def _check_seats(held: dict[str, Any]) -> None:
    """Check what is so of any event, whatever the model thinks."""
    *_, waiting, seats = held["counts"]
    rows = held["answers"].values()
    assert sum(line[1] for line in held["ledger"]) == seats
    assert seats == sum(row[1] for row in rows if row[3] == "confirmed")
    assert waiting == sum(row[3] == "waitlisted" for row in rows)
    assert held["places"] == [*range(1, waiting + 1)]
    was_forced = any(line[0] == "forced" and line[1] > 0 for line in held["ledger"])
    assert held["capacity"] is None or seats <= held["capacity"] or was_forced


def test_memory_postgresql_and_the_model_go_in_step(stage: Stage) -> None:
    run_state_machine_as_test(
        type("HistoriesHere", (Histories,), {"stage": stage}),
        settings=settings(
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
