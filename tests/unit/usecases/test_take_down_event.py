"""An operator takes an event down: it is hidden, told of, and remembered."""

import json
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given

from events_core import (
    Actor,
    CreateEvent,
    ListEvents,
    Listing,
    MasterFlags,
    Scope,
    TakeDownEvent,
    UserId,
    Via,
    create_event,
    get_event,
    list_events,
    take_down_event,
)
from events_core.domain import lifecycle
from events_core.domain.change import Cause
from events_core.domain.event import Event
from events_core.domain.identity import EventId, MessageId
from events_core.errors import EventNotFound, InvalidFields, PermissionDenied
from events_core.testing.builders import EVENING, an_actor, new_uuid
from events_core.testing.strategies import causes, events, message_ids
from events_core.testing.wired import MemoryCore


@given(events(), causes(), message_ids())
def test_deleting_hides_and_counts_and_tells(
    event: Event, cause: Cause, message_id: MessageId
) -> None:
    change = lifecycle.delete(event, cause=cause, message_id=message_id)
    assert change.after is not None
    if event.deleted_at is not None:
        assert change.after == event
        assert not change.happened
        return
    assert change.after.deleted_at is not None
    assert change.after.updated_at >= event.updated_at
    assert change.after.version == event.version + 1
    assert change.after.sequence == event.sequence
    (fact,) = change.facts
    assert fact.event_version == change.after.version
    assert fact.exposed_before == event.exposure
    again = lifecycle.delete(change.after, cause=cause, message_id=message_id)
    assert not again.happened


def operator_of(actor: Actor) -> Actor:
    return evolve(actor, user_id=UserId(UUID(int=0)), via=Via.CLI)


async def planned(core: MemoryCore) -> tuple[Actor, Actor, Listing]:
    planner = an_actor()
    guest = an_actor(tenant_id=planner.tenant_id)
    core.access.bind(planner, Scope.of_tenant(planner.tenant_id))
    command = CreateEvent(title="Spam", starts_at=EVENING)
    return planner, guest, await create_event(core, planner, command)


async def test_what_is_taken_down_is_gone_for_everybody_but_its_editors() -> None:
    core = MemoryCore()
    planner, guest, event = await planned(core)
    command = TakeDownEvent(event_id=event.id, reason="It is spam.")
    assert await take_down_event(core, operator_of(planner), command) is True
    with pytest.raises(EventNotFound):
        await get_event(core, guest, event.id)
    assert (await get_event(core, planner, event.id)).deleted_at is not None
    for asker in (planner, guest):
        listed = await list_events(core, asker, ListEvents())
        assert (listed.items, listed.total) == ((), 0)


async def test_it_is_told_and_remembered_with_the_reason() -> None:
    core = MemoryCore()
    planner, _, event = await planned(core)
    command = TakeDownEvent(event_id=event.id, reason="It is spam.")
    await take_down_event(core, operator_of(planner), command)
    assert await take_down_event(core, operator_of(planner), command) is False
    async with core.store.unit_of_work(planner.tenant_id) as uow:
        versions = await uow.record.versions(event.id)
        facts = await uow.record.facts(event.id)
    assert [version.number for version in versions] == [1, 2]
    cause = versions[-1].cause
    assert (cause.by, cause.via, cause.reason) == (None, Via.CLI, "It is spam.")
    assert list(versions[-1].changes) == ["deleted_at"]
    told = json.loads(facts[-1])
    assert told["event_type"] == "event.deleted"
    assert (told["by"], told["reason"]) == (None, "It is spam.")
    assert len(facts) == 2


async def test_an_event_of_another_tenant_is_not_found() -> None:
    core = MemoryCore()
    planner, _, event = await planned(core)
    for actor, event_id in [
        (an_actor(), event.id),
        (planner, EventId(new_uuid())),
    ]:
        command = TakeDownEvent(event_id=event_id, reason="x")
        with pytest.raises(EventNotFound):
            await take_down_event(core, operator_of(actor), command)


async def test_nobody_but_an_operator_can() -> None:
    core = MemoryCore()
    planner, _, event = await planned(core)
    admin = evolve(planner, flags=MasterFlags(system_admin=True))
    for actor in (planner, admin):
        with pytest.raises(PermissionDenied):
            await take_down_event(
                core, actor, TakeDownEvent(event_id=event.id, reason="x")
            )
    assert (await get_event(core, planner, event.id)).deleted_at is None


@pytest.mark.parametrize("reason", ["", "a\x00b", "x" * 1_001])
async def test_a_reason_is_needed_and_is_text(reason: str) -> None:
    core = MemoryCore()
    planner, _, event = await planned(core)
    command = TakeDownEvent(event_id=event.id, reason=reason)
    with pytest.raises(InvalidFields):
        await take_down_event(core, operator_of(planner), command)
