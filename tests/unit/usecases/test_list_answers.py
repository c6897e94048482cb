"""Who answered what, and how much of it at once."""

import pytest
from attrs import evolve

from events_core import (
    Answer,
    ListAnswers,
    Permission,
    Policies,
    SetRsvp,
    Side,
    list_answers,
    set_rsvp,
)
from events_core.errors import InvalidFields, PermissionDenied
from events_core.testing.builders import an_actor, an_event
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore


async def test_a_file_is_whole_or_refused(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    manager = an_actor(event.tenant_id)
    core.access.grant(manager, event.scope, Permission.EVENT_MANAGE)
    for _ in range(4):
        command = SetRsvp(event_id=event.id, answer=Answer.GOING)
        await set_rsvp(core, an_actor(event.tenant_id), command)
    small = evolve(core, policies=Policies(longest_file=3, largest_page=2))
    whole = ListAnswers(event_id=event.id, limit=None)
    with pytest.raises(InvalidFields) as refused:
        await list_answers(small, manager, whole)
    assert refused.value.fields.keys() == {"limit"}
    rest = await list_answers(small, manager, evolve(whole, offset=1))
    assert (len(rest.rsvps), rest.total) == (3, 4)
    few = evolve(whole, sides=frozenset({Side.INTERESTED}))
    assert (await list_answers(small, manager, few)).rsvps == ()
    for limit, offset in ((3, 0), (0, 0), (1, 10_001), (1, -1)):
        part = evolve(whole, limit=limit, offset=offset)
        with pytest.raises(InvalidFields):
            await list_answers(small, manager, part)


async def test_marking_attendance_alone_shows_no_answers(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    marker = an_actor(event.tenant_id)
    core.access.grant(marker, event.scope, Permission.ATTENDANCE_MARK)
    with pytest.raises(PermissionDenied):
        await list_answers(core, marker, ListAnswers(event_id=event.id))
