"""The facts as they are published, and one of each that the use cases have made."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import evolve, fields

from docs import ports
from events_core import (
    Actor,
    Answer,
    CreateEvent,
    CreateSubscription,
    MarkAttendance,
    MoveEvent,
    RestoreEvent,
    Revision,
    Scope,
    SendTest,
    SetRsvp,
    Status,
    TakeDownEvent,
    TenantId,
    Terms,
    UndoAttendance,
    UpdateEvent,
    UserId,
    Via,
    Waitlist,
    WithdrawRsvp,
    create_event,
    create_subscription,
    let_time_pass,
    mark_attendance,
    move_event,
    restore_event,
    send_test,
    set_rsvp,
    take_down_event,
    undo_attendance,
    update_event,
    withdraw_rsvp,
)
from events_core.domain.facts import EventCreated, EventFact
from events_core.domain.lifecycle import ARCHIVED_AFTER
from events_core.ports.outbox import Breaker, Outcome, Result
from events_core.testing.clock import SequentialIds
from events_core.testing.outbox import MemoryOutbox
from events_core.testing.wired import MemoryCore
from events_core.wire import FACTS, published_text

#: What each key says.
_SAYS = {
    "message_id": "UUID of this fact: the same however often and wherever it is sent",
    "event_type": "which fact it is",
    "schema_version": "integer; another one means other keys",
    "tenant_id": "UUID; the nil UUID where it is an operator's",
    "event_id": "UUID; null in a fact of a subscription",
    "event_version": "integer: the version the event was at then; null without one",
    "occurred_at": "instant",
    "scope_type": "`TENANT`, `COMMUNITY` or `TEAM`",
    "scope_id": "UUID of the community or team; of the tenant for `TENANT`",
    "visibility": "`public`, `community`, `team` or `private`; null without an event",
    "status": "the event's; null without one",
    "title": "the event's; null without one",
    "starts_at": "instant",
    "ends_at": "instant, null where no end was given",
    "created_by": "UUID, null once that person has been erased",
    "updated_fields": "names of the fields that have new values, in alphabetical order",
    "updated_at": "instant",
    "user_id": "UUID of the person it is about, null once she has been erased",
    "occurrence": "null for an event that does not repeat",
    "answer": "`interested`, `going`, `not_going`; null: she took it back",
    "admission": "`confirmed` for whoever is going, else null",
    "by": "UUID of whoever did it; null for an operator, and once she has been erased",
    "reason": "text, null where none was given",
    "subscription_id": "UUID",
    "marked_by": "UUID of whoever did it, null once she has been erased",
}

_TENANT = TenantId(UUID("018f2f6e-0000-7000-8000-000000000001"))
_ANNA = UserId(UUID("018f2f6e-0000-7000-8000-000000000002"))
_BORIS = UserId(UUID("018f2f6e-0000-7000-8000-000000000003"))


def common_keys() -> str:
    """Return the keys that every fact has."""
    example = json.loads(_told()[EventCreated.event_type])
    own = {f.name for f in fields(EventCreated)} - {f.name for f in fields(EventFact)}
    return _keys(key for key in example if key not in own)


def every_kind() -> str:
    """Return each fact: what it says, its own keys, and one that was told."""
    told = _told()
    parts = []
    for name, kind in FACTS.items():
        common = {f.name for f in fields(EventFact)}
        own = [f.name for f in fields(kind) if f.name not in common]
        example = json.dumps(json.loads(told[name]), indent=2, ensure_ascii=False)
        promise = ports.prose(kind.__doc__ or "").split("\n")[0]
        parts.append(
            f"### `{name}`\n\n{promise}\n"
            f"Schema version {kind.schema_version}. Its own keys:\n\n"
            f"{_keys(own)}\n\n```json\n{example}\n```"
        )
    return "\n\n".join(parts)


def _keys(names: Any) -> str:  # noqa: ANN401 (any iterable of texts)
    # An answer is published under the name that callers know.
    rows = [
        f"| `{'status' if name == 'answer' else name}` | {_SAYS[name]} |"
        for name in names
    ]
    return "\n".join(["| key | value |", "| --- | --- |", *rows])


def _told() -> dict[str, str]:
    """Return one fact of each kind, as it is stored to be sent."""
    return asyncio.run(_happened())


async def _happened() -> dict[str, str]:
    core = MemoryCore(ids=SequentialIds(series=1))
    anna, boris = Actor(_TENANT, _ANNA), Actor(_TENANT, _BORIS)
    core.access.bind(anna, Scope.of_tenant(_TENANT))
    starts = datetime(2027, 3, 21, 19, 0)
    event = await create_event(
        core,
        anna,
        CreateEvent(
            title="Chess in the park",
            starts_at=starts,
            ends_at=starts + timedelta(hours=2),
            time_zone="Europe/Berlin",
            capacity=1,
            waitlist=Waitlist.AUTOMATIC,
        ),
    )
    core.clock.advance(timedelta(hours=1))
    revision = Revision(location_text="By the fountain", description="Bring a clock.")
    await update_event(core, anna, UpdateEvent(event_id=event.id, revision=revision))
    core.clock.advance(timedelta(hours=1))
    for status, reason in (
        (Status.POSTPONED, "The park is closed."),
        (Status.CANCELLED, "The park stays closed."),
        (Status.PUBLISHED, "The park is open after all."),
    ):
        command = MoveEvent(event_id=event.id, to=status, reason=reason)
        await move_event(core, anna, command)
    core.clock.advance(timedelta(hours=1))
    going = SetRsvp(event_id=event.id, answer=Answer.GOING)
    await set_rsvp(core, anna, going)
    await set_rsvp(core, boris, going)
    await withdraw_rsvp(core, anna, WithdrawRsvp(event_id=event.id))
    core.clock.advance(timedelta(hours=1))
    await set_rsvp(core, boris, evolve(going, comment="Hooray!"))
    core.clock.set(event.starts_at)
    await mark_attendance(core, anna, MarkAttendance(event_id=event.id, user_id=_BORIS))
    undo = UndoAttendance(event_id=event.id, user_id=_BORIS)
    await undo_attendance(core, anna, undo)
    core.clock.set(event.lasts_until)
    operator = Actor(_TENANT, UserId(UUID(int=0)), via=Via.CLI)
    take_down = TakeDownEvent(event_id=event.id, reason="It was an advertisement.")
    await take_down_event(core, operator, take_down)
    await restore_event(core, anna, RestoreEvent(event_id=event.id))
    itself = evolve(operator, via=Via.SYSTEM)
    await let_time_pass(core, itself, event.id)
    core.clock.advance(ARCHIVED_AFTER)
    await let_time_pass(core, itself, event.id)
    await _tested_and_disabled(core, anna)
    async with core.store.unit_of_work(_TENANT) as uow:
        facts = [*await uow.record.facts(event.id)]
    facts += map(published_text, core.publishing.queue.facts)
    told = {json.loads(text)["event_type"]: text for text in facts}
    assert told.keys() == FACTS.keys(), "have every kind of fact happen here"
    return told


async def _tested_and_disabled(core: MemoryCore, anna: Actor) -> None:
    """Have a subscriber answer a test with 410."""
    outbox = MemoryOutbox(core.publishing.queue, core.ids.new)
    terms = CreateSubscription(terms=Terms(url="https://subscriber.example/hook"))
    made = await create_subscription(core, anna, terms)
    await send_test(core, anna, SendTest(subscription_id=made.subscription.id))
    while await outbox.advance():
        pass
    keep = timedelta(minutes=1)
    claimed = await outbox.claim(room=1, each=1, busy={}, keep=keep)
    gone = [Result(delivery=one, outcome=Outcome.GONE) for one in claimed]
    await outbox.settle(gone, Breaker())
