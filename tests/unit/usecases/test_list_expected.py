"""What a device takes along to the door, and what it brings back."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from events_core import (
    Actor,
    Answer,
    ListAttendance,
    ListExpected,
    Mark,
    MarkAttendance,
    MarkMany,
    Permission,
    Policies,
    Refusal,
    SealedList,
    SetRsvp,
    Signup,
    Status,
    Waitlist,
    WithdrawRsvp,
    get_pass,
    list_attendance,
    list_expected,
    mark_attendance,
    mark_many,
    set_rsvp,
    withdraw_rsvp,
)
from events_core.domain.doors import hashed
from events_core.domain.event import Event
from events_core.errors import (
    AttendanceClosed,
    InvalidFields,
    NotConfirmed,
    PassesUnavailable,
    PermissionDenied,
)
from events_core.testing.builders import an_actor, an_event
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore

OLD, NEW = b"o" * 32, b"n" * 32
TERMS = Signup(capacity=2, waitlist=Waitlist.AUTOMATIC, walk_ins=False)


@pytest.fixture
def core() -> MemoryCore:
    return MemoryCore(pass_keys=(NEW, OLD))


async def at_the_door(
    core: MemoryCore, terms: Signup = TERMS, status: Status = Status.PUBLISHED
) -> tuple[Event, Actor]:
    """Return an event, and who may mark there."""
    event = an_event(signup=terms, status=status)
    await put(core.store, event)
    marker = an_actor(event.tenant_id)
    core.access.grant(marker, event.scope, Permission.ATTENDANCE_MARK)
    core.clock.set(event.schedule.starts_at - core.policies.attendance_opens)
    return event, marker


async def going(core: MemoryCore, event: Event) -> Actor:
    person = an_actor(event.tenant_id)
    await set_rsvp(core, person, SetRsvp(event_id=event.id, answer=Answer.GOING))
    return person


def opened(sealed: SealedList) -> dict[str, Any]:
    """Return what a list says, once its seal was found to be good."""
    signed, _, seal = sealed.text.rpartition(".")
    told = hmac.digest(sealed.key, signed.encode(), "sha256")
    assert told == _raw(seal)
    header, _, payload = signed.partition(".")
    assert json.loads(_raw(header))["alg"] == "HS256"
    content: dict[str, Any] = json.loads(_raw(payload))
    return content


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_a_list_has_who_is_expected_and_no_pass_that_works(
    core: MemoryCore,
) -> None:
    event, marker = await at_the_door(core)
    first, second, third = [await going(core, event) for _ in range(3)]
    declined = an_actor(event.tenant_id)
    no = SetRsvp(event_id=event.id, answer=Answer.NOT_GOING)
    await set_rsvp(core, declined, no)
    await mark_attendance(
        core, marker, MarkAttendance(event_id=event.id, user_id=first.user_id)
    )
    sealed = await list_expected(core, marker, ListExpected(event_id=event.id))
    content = opened(sealed)
    assert (content["eventId"], content["walkIns"]) == (str(event.id), False)
    assert (content["total"], content["offset"]) == (3, 0)
    told = [(one["userId"], one["admission"], one["in"]) for one in content["expected"]]
    assert told == [
        (str(first.user_id), "confirmed", True),
        (str(second.user_id), "confirmed", False),
        (str(third.user_id), "waitlisted", False),
    ]
    passes = [
        await get_pass(evolve(core, pass_keys=(key,)), second, event.id)
        for key in (NEW, OLD)
    ]
    assert content["expected"][1]["passes"] == [hashed(one) for one in passes]
    assert content["expected"][2]["passes"] == []
    for one in passes:
        assert one not in json.dumps(content)


async def test_each_event_has_a_key_of_its_own_and_none_is_the_pass_key(
    core: MemoryCore,
) -> None:
    first, marker = await at_the_door(core)
    second = an_event(tenant_id=first.tenant_id, scope=first.scope)
    await put(core.store, second)
    keys = set()
    for event in (first, second):
        sealed = await list_expected(core, marker, ListExpected(event_id=event.id))
        again = await list_expected(core, marker, ListExpected(event_id=event.id))
        assert again.key == sealed.key
        keys.add(sealed.key)
    assert len(keys) == 2
    assert keys.isdisjoint({OLD, NEW})


async def test_a_long_list_comes_in_parts(core: MemoryCore) -> None:
    event, marker = await at_the_door(core, Signup())
    people = [await going(core, event) for _ in range(3)]
    short = evolve(core, policies=Policies(longest_file=2))
    whole = ListExpected(event_id=event.id)
    with pytest.raises(InvalidFields):
        await list_expected(short, marker, whole)
    parts = [
        opened(
            await list_expected(short, marker, evolve(whole, limit=2, offset=offset))
        )
        for offset in (0, 2)
    ]
    assert [len(part["expected"]) for part in parts] == [2, 1]
    assert {part["total"] for part in parts} == {3}
    named = [one["userId"] for part in parts for one in part["expected"]]
    assert named == [str(person.user_id) for person in people]
    for limit, offset in ((0, 0), (3, 0), (1, -1)):
        wrong = evolve(whole, limit=limit, offset=offset)
        with pytest.raises(InvalidFields):
            await list_expected(short, marker, wrong)


async def test_a_list_is_for_who_marks_at_what_is_to_be(core: MemoryCore) -> None:
    event, marker = await at_the_door(core)
    command = ListExpected(event_id=event.id)
    with pytest.raises(PermissionDenied):
        await list_expected(core, an_actor(event.tenant_id), command)
    with pytest.raises(PassesUnavailable):
        await list_expected(evolve(core, pass_keys=()), marker, command)
    cancelled, marker = await at_the_door(core, status=Status.CANCELLED)
    with pytest.raises(AttendanceClosed):
        await list_expected(core, marker, evolve(command, event_id=cancelled.id))


async def test_who_was_let_in_on_her_pass_has_come_whatever_she_said_since(
    core: MemoryCore,
) -> None:
    event, marker = await at_the_door(core)
    her, other = await going(core, event), await going(core, event)
    text = await get_pass(core, her, event.id)
    await withdraw_rsvp(core, her, WithdrawRsvp(event_id=event.id))
    mark = MarkAttendance(
        event_id=event.id,
        user_id=her.user_id,
        nonce="n-1",
        at=core.clock.now(),
        pass_hash=hashed(text),
    )
    with pytest.raises(NotConfirmed):
        await mark_attendance(core, marker, evolve(mark, pass_hash=None))
    with pytest.raises(InvalidFields) as refused:
        await mark_attendance(core, marker, evolve(mark, user_id=other.user_id))
    assert refused.value.fields.keys() == {"pass_hash"}
    made = await mark_attendance(core, marker, mark)
    assert (made.created, made.refusal) == (True, Refusal.REVOKED)
    [again] = await mark_many(core, marker, MarkMany(event_id=event.id, marks=[mark]))
    assert isinstance(again, Mark)
    assert (again.attendance, again.created, again.is_copy) == (
        made.attendance,
        False,
        True,
    )
    text = await get_pass(core, other, event.id)
    fine = evolve(mark, user_id=other.user_id, nonce="n-2", pass_hash=hashed(text))
    assert (await mark_attendance(core, marker, fine)).refusal is None


seen_at_gates = st.lists(
    st.tuples(
        st.sampled_from(("north", "south", "east")),
        st.sampled_from(("withdrew", "confirmed", "unknown")),
        st.sampled_from((10, 40)),
        st.booleans(),
    ),
    min_size=2,
    max_size=8,
)


@given(seen_at_gates, st.data())
@settings(deadline=None)
def test_gates_end_alike_whoever_had_a_pass_and_whichever_sends_first(
    seen: list[tuple[str, str, int, bool]], data: st.DataObject
) -> None:
    """Who has a place or showed a pass has come, at the earliest time of these."""
    order = data.draw(st.permutations(seen * 2), label="order")

    async def end() -> dict[str, int]:
        core = MemoryCore(pass_keys=(NEW,))
        event, marker = await at_the_door(core, Signup(walk_ins=False))
        opens = core.clock.now()
        people = {
            "confirmed": await going(core, event),
            "withdrew": await going(core, event),
            "unknown": an_actor(event.tenant_id),
        }
        passes = {
            name: hashed(await get_pass(core, people[name], event.id))
            for name in ("confirmed", "withdrew")
        }
        gone = WithdrawRsvp(event_id=event.id)
        await withdraw_rsvp(core, people["withdrew"], gone)
        core.clock.set(event.schedule.starts_at)
        for gate, who, minute, has_pass in order:
            mark = MarkAttendance(
                event_id=event.id,
                user_id=people[who].user_id,
                nonce=f"{gate}-{who}-{minute}-{has_pass}",
                at=opens + timedelta(minutes=minute),
                pass_hash=passes.get(who) if has_pass else None,
            )
            await mark_many(core, marker, MarkMany(event_id=event.id, marks=[mark]))
        listed = ListAttendance(event_id=event.id)
        names = {person.user_id: name for name, person in people.items()}
        return {
            names[mark.user_id]: (mark.marked_at - opens) // timedelta(minutes=1)
            for mark in (await list_attendance(core, marker, listed)).marks
        }

    expected: dict[str, int] = {}
    for _, who, minute, has_pass in seen:
        if who == "confirmed" or (who == "withdrew" and has_pass):
            expected[who] = min(minute, expected.get(who, 90))
    assert asyncio.run(end()) == expected
