"""A tenant as an earlier version of this package has kept it, and how it goes on.

``kept.jsonl`` has a document on each line: its kind, its key and its text. It is what
``lived`` left, written once by ``python -m tests.unit.documents.test_kept`` and never
again: embedders have databases like it.
"""

import asyncio
import json
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from attrs import evolve

from events_core import (
    Answer,
    CreateEvent,
    EventId,
    GiveRole,
    ListAnswers,
    ListEvents,
    MarkAttendance,
    ReadHistory,
    ReadSeats,
    Revision,
    Role,
    Scope,
    SetRsvp,
    TenantId,
    UpdateEvent,
    UserId,
    Waitlist,
    WithdrawRsvp,
    create_event,
    erase_person,
    export_person,
    give_role,
    list_answers,
    list_events,
    mark_attendance,
    read_history,
    read_seats,
    set_rsvp,
    update_event,
    verify_audit,
    withdraw_rsvp,
)
from events_core.documents import KINDS, DocumentStore, from_text, to_text
from events_core.domain.actors import Via
from events_core.errors import PermissionDenied
from events_core.ports.documents import Write
from events_core.testing.builders import NOW, a_community, an_actor
from events_core.testing.memory import MemoryDocuments
from events_core.testing.wired import MemoryCore

KEPT = Path(__file__).with_name("kept.jsonl")
TENANT = TenantId(UUID(int=1))
ANNA, BORIS, CLARA, DORA = (
    an_actor(TENANT, UserId(UUID(int=number))) for number in range(2, 6)
)
NONCE = "at the door/1 – ä"


def core_over(documents: MemoryDocuments) -> MemoryCore:
    """A core in which Anna may do everything, an hour before the event."""
    core = MemoryCore(store=DocumentStore(documents))
    core.access.bind(ANNA, Scope.of_tenant(TENANT))
    return core


async def lived(core: MemoryCore) -> None:
    """Have something of everything in the tenant."""
    event = await create_event(
        core,
        ANNA,
        CreateEvent(
            title="Chess night",
            starts_at=datetime(2027, 3, 15, 13, 0),
            capacity=1,
            waitlist=Waitlist.AUTOMATIC,
            metadata={"boards": [1, 2]},
        ),
    )
    await give_role(
        core, ANNA, GiveRole(event_id=event.id, holder=a_community(), role=Role.VIEWER)
    )
    for who in (BORIS, CLARA):
        await set_rsvp(core, who, SetRsvp(event_id=event.id, answer=Answer.GOING))
    await mark_attendance(
        core,
        ANNA,
        MarkAttendance(event_id=event.id, user_id=BORIS.user_id, nonce=NONCE),
    )
    moved = Revision(location_text="The mill")
    await update_event(core, ANNA, UpdateEvent(event_id=event.id, revision=moved))
    with suppress(PermissionDenied):
        await update_event(
            core, DORA, UpdateEvent(event_id=event.id, revision=Revision(title="Mine"))
        )


async def kept_by(documents: MemoryDocuments) -> list[tuple[str, list[str], str]]:
    """All there is in the tenant, as texts."""
    return [
        (kind.__name__, [*key], to_text(document))
        for kind in KINDS
        for key, document in (await documents.find(TENANT, kind, ())).items()
    ]


@pytest.fixture
async def core() -> MemoryCore:
    """A core over what was kept."""
    documents, kinds = MemoryDocuments(), {kind.__name__: kind for kind in KINDS}
    lines = [json.loads(line) for line in KEPT.read_text("ascii").splitlines()]
    writes = [
        Write(kinds[name], (*key,), from_text(kinds[name], text))
        for name, key, text in lines
    ]
    await documents.write(TENANT, writes)
    return core_over(documents)


async def event_of(core: MemoryCore) -> EventId:
    """The id of the one event there is."""
    [event] = (await list_events(core, ANNA, ListEvents())).items
    return event.id


def test_something_of_every_kind_was_kept() -> None:
    lines = [json.loads(line) for line in KEPT.read_text("ascii").splitlines()]
    assert {name for name, _, _ in lines} == {kind.__name__ for kind in KINDS}


async def test_everything_is_read(core: MemoryCore) -> None:
    event_id = await event_of(core)
    history = await read_history(core, ANNA, ReadHistory(event_id=event_id))
    assert [(one.number, one.cause.by) for one in history.items] == [
        (2, ANNA.user_id),
        (1, ANNA.user_id),
    ]
    answers = await list_answers(core, ANNA, ListAnswers(event_id=event_id))
    assert [rsvp.user_id for rsvp in answers.rsvps] == [BORIS.user_id, CLARA.user_id]
    seats = await read_seats(core, ANNA, ReadSeats(event_id=event_id))
    assert (seats.tally.going, seats.tally.waiting, seats.tally.seats) == (1, 1, 1)
    assert [entry.taken for entry in seats.entries.items] == [1]
    async with core.store.unit_of_work(TENANT) as uow:
        facts = [json.loads(text) for text in await uow.record.facts(event_id)]
        notices = await uow.notices.of_event(event_id)
    assert [fact["event_type"] for fact in facts] == [
        "event.created",
        "event.rsvp.changed",
        "event.rsvp.changed",
        "event.attendance.marked",
        "event.updated",
    ]
    assert {notice.user_id for notice in notices} == {BORIS.user_id, CLARA.user_id}


async def test_life_goes_on(core: MemoryCore) -> None:
    event_id = await event_of(core)
    again = MarkAttendance(event_id=event_id, user_id=BORIS.user_id, nonce=NONCE)
    mark = await mark_attendance(core, ANNA, again)
    assert (mark.is_copy, mark.attendance.marked_at) == (True, NOW)
    await withdraw_rsvp(core, BORIS, WithdrawRsvp(event_id=event_id))
    seats = await read_seats(core, ANNA, ReadSeats(event_id=event_id))
    assert (seats.tally.going, seats.tally.waiting, seats.tally.seats) == (1, 0, 1)
    assert [entry.taken for entry in seats.entries.items] == [1, 0, 1]


async def test_the_trail_is_true_and_goes_on(core: MemoryCore) -> None:
    operator = evolve(ANNA, via=Via.CLI)
    before = await verify_audit(core, operator)
    assert (before.findings, before.head.position) == ((), 3)
    core.clock.advance(timedelta(minutes=1))
    verdict = await verify_audit(core, operator, {3: before.head.hash})
    assert (verdict.findings, verdict.head.position) == ((), 4)


async def test_whoever_is_erased_is_in_no_document_any_more(core: MemoryCore) -> None:
    core.clock.advance(timedelta(minutes=1))
    assert (await export_person(core, ANNA, ANNA.user_id)).events_created
    for who in (ANNA, BORIS, CLARA, DORA):
        await erase_person(core, who, who.user_id)
    assert isinstance(core.store, DocumentStore)
    assert isinstance(core.store.documents, MemoryDocuments)
    left = json.dumps(await kept_by(core.store.documents))
    assert not [who for who in (ANNA, BORIS, CLARA, DORA) if str(who.user_id) in left]


async def _write() -> None:
    documents = MemoryDocuments()
    await lived(core_over(documents))
    lines = [json.dumps(line) + "\n" for line in await kept_by(documents)]
    KEPT.write_text("".join(lines), "ascii")


if __name__ == "__main__":
    asyncio.run(_write())
