"""Whatever an event went through, going back moves nobody."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from events_core import (
    Actor,
    Answer,
    MarkAttendance,
    MoveEvent,
    Revision,
    RollBackEvent,
    Scope,
    SetRsvpFor,
    Signup,
    Status,
    UndoAttendance,
    UpdateEvent,
    Waitlist,
    mark_attendance,
    move_event,
    roll_back_event,
    set_rsvp_for,
    undo_attendance,
    update_event,
)
from events_core.domain.event import Event
from events_core.domain.history import CHANGEABLE
from events_core.domain.identity import UserId
from events_core.errors import Conflict, Invalid, NotFound
from events_core.testing.builders import an_actor, an_event
from events_core.testing.contracts.store.factory import PROPERTY, put, roster_of
from events_core.testing.strategies import PEOPLE, people, revisions
from events_core.testing.wired import MemoryCore

#: What a rollback of these may give to those who wait, as any change of them may.
OPENS_SEATS = {"capacity", "waitlist"}


@frozen
class Say:
    who: UserId
    answer: Answer
    guests: int


@frozen
class See:
    who: UserId
    takes_back: bool


@frozen
class GoBack:
    version: int
    fields: frozenset[str] | None


Step = Say | See | GoBack | Revision | Status

seats = st.fixed_dictionaries(
    {},
    optional={
        "capacity": st.none() | st.integers(1, 6),
        "waitlist": st.sampled_from(Waitlist),
    },
)
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Say, people(), st.sampled_from(Answer), st.integers(0, 2)),
    st.builds(Say, people(), st.just(Answer.GOING), st.integers(0, 2)),
    st.builds(See, people(), st.sampled_from((False, False, True))),
    st.builds(
        GoBack,
        st.integers(1, 9),
        st.none() | st.frozensets(st.sampled_from(sorted(CHANGEABLE)), max_size=4),
    ),
    revisions(),
    st.builds(Revision, title=st.sampled_from(("Go", "Whist", "Skat"))),
    seats.map(lambda given: Revision(**given)),
    st.sampled_from((Status.CANCELLED, Status.PUBLISHED)),
)

#: What becomes of a step that the event does not allow: nothing.
REFUSED = (Invalid, Conflict, NotFound)


async def taken(core: MemoryCore, by: Actor, event: Event, step: Step) -> None:
    """Take a step; one that is refused changes nothing."""
    with suppress(*REFUSED):
        match step:
            case Say(who, answer, guests):
                command = SetRsvpFor(
                    event_id=event.id,
                    user_id=who,
                    answer=answer,
                    guests=guests if answer is Answer.GOING else 0,
                )
                await set_rsvp_for(core, by, command)
            case See(who, takes_back):
                if takes_back:
                    undo = UndoAttendance(event_id=event.id, user_id=who)
                    await undo_attendance(core, by, undo)
                else:
                    mark = MarkAttendance(event_id=event.id, user_id=who)
                    await mark_attendance(core, by, mark)
            case GoBack(version, fields):
                back = RollBackEvent(event_id=event.id, version=version, fields=fields)
                await roll_back_event(core, by, back)
            case Revision():
                revision = UpdateEvent(event_id=event.id, revision=step, force=True)
                await update_event(core, by, revision)
            case Status():
                await move_event(core, by, MoveEvent(event_id=event.id, to=step))


async def people_of(core: MemoryCore, event: Event) -> Mapping[str, Any]:
    """Return all that is kept of those who answered and came."""
    rosters = [await roster_of(core.store, event, who) for who in PEOPLE]
    async with core.store.unit_of_work(event.tenant_id) as uow:
        place = (event.id, event.occurrence)
        return {
            "answers": [roster.rsvps for roster in rosters],
            "tally": rosters[0].tally,
            "ledger": (await uow.record.movements(*place, limit=999)).items,
            "marks": [await uow.attendance.find(*place, who) for who in PEOPLE],
        }


@PROPERTY
@given(st.lists(steps, max_size=12), st.lists(st.integers(0, 11), max_size=4))
async def test_after_any_history_going_back_moves_nobody(
    history: list[Step], places: list[int]
) -> None:
    core, event = MemoryCore(), an_event(signup=Signup(guests_per_answer=2))
    await put(core.store, event)
    by = an_actor(event.tenant_id, event.created_by)
    core.access.bind(by, Scope.of_tenant(event.tenant_id))
    core.clock.set(event.schedule.starts_at - core.policies.attendance_opens)
    for place in places:  # so that many a history has some of them
        history = [*history[:place], GoBack(1, None), *history[place:]]
    for step in history:
        before = await people_of(core, event)
        await taken(core, by, event, step)
        if not isinstance(step, GoBack):
            continue
        after = await people_of(core, event)
        assert after["marks"] == before["marks"]
        named = step.fields or frozenset()
        if OPENS_SEATS.isdisjoint(named):
            assert after == before
        for old, new in zip(before["answers"], after["answers"], strict=True):
            assert old.keys() == new.keys()
            for who, rsvp in old.items():
                kept = evolve(new[who], admission=rsvp.admission, turn=rsvp.turn)
                assert kept == rsvp
                assert rsvp.waits or not new[who].waits
