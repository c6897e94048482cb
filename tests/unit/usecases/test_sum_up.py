"""Numbers of many events: whose, how many at once, and what stays out."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from events_core import (
    Actor,
    Answer,
    By,
    Counted,
    Permission,
    Policies,
    Scope,
    ScopeKind,
    SetRsvp,
    Status,
    SumUp,
    TimeWindow,
    Visibility,
    set_rsvp,
    sum_up,
)
from events_core.errors import InvalidFields, PermissionDenied
from events_core.testing.builders import (
    a_community,
    a_team,
    a_tenant,
    an_actor,
    an_event,
)
from events_core.testing.contracts.store.factory import put
from events_core.testing.people import MemoryAccess, MemoryMemberships
from events_core.testing.wired import MemoryCore

HOUR = timedelta(hours=1)
EVERYTHING = SumUp()


async def a_manager(core: MemoryCore) -> Actor:
    manager = an_actor()
    tenant = Scope.of_tenant(manager.tenant_id)
    core.access.grant(manager, tenant, Permission.EVENT_MANAGE)
    return manager


async def counted_by(
    core: MemoryCore, actor: Actor, asked: SumUp = EVERYTHING
) -> list[str]:
    summary = await sum_up(core, actor, evolve(asked, by=By.OCCURRENCE))
    keys = [line.key for line in summary.lines]
    assert summary.occurrences == summary.total == len(keys)
    return [key.title for key in keys if isinstance(key, Counted)]


async def test_only_what_she_sees_is_counted(
    core: MemoryCore, memberships: MemoryMemberships
) -> None:
    manager = await a_manager(core)
    hers, theirs = a_community(), a_community()
    memberships.add(manager, hers)

    tenant_id, members = manager.tenant_id, Visibility.COMMUNITY
    for event in (
        an_event(title="public", tenant_id=tenant_id),
        an_event(title="hers", tenant_id=tenant_id, scope=hers, visibility=members),
        an_event(title="theirs", tenant_id=tenant_id, scope=theirs, visibility=members),
        an_event(title="hidden", tenant_id=tenant_id, visibility=Visibility.PRIVATE),
        an_event(title="draft", tenant_id=tenant_id, status=Status.DRAFT),
        an_event(title="cancelled", tenant_id=tenant_id, status=Status.CANCELLED),
        an_event(title="archived", tenant_id=tenant_id, status=Status.ARCHIVED),
        an_event(title="elsewhere"),
    ):
        await put(core.store, event)
    assert sorted(await counted_by(core, manager)) == ["archived", "hers", "public"]
    for asked, titles in (
        (SumUp(statuses=frozenset({Status.CANCELLED})), ["cancelled"]),
        (SumUp(scope_kind=ScopeKind.COMMUNITY), ["hers"]),
        (SumUp(visibilities=frozenset({Visibility.PUBLIC})), ["archived", "public"]),
        (SumUp(statuses=frozenset({Status.DRAFT})), ["draft"]),
    ):
        assert sorted(await counted_by(core, manager, asked)) == titles


async def test_it_takes_managing_the_scope_that_is_asked_about(
    core: MemoryCore, access: MemoryAccess
) -> None:
    community, asker = a_community(), an_actor()
    access.grant(asker, community, Permission.EVENT_MANAGE)
    assert await counted_by(core, asker, SumUp(scope=community)) == []
    for scope in (None, a_community(), a_team()):
        with pytest.raises(PermissionDenied):
            await sum_up(core, asker, SumUp(scope=scope))
    with pytest.raises(InvalidFields):
        await sum_up(core, asker, SumUp(scope=Scope.of_tenant(a_tenant())))


async def test_membership_nobody_can_tell_leaves_out_what_hangs_on_it(
    core: MemoryCore, memberships: MemoryMemberships
) -> None:
    manager, community = await a_manager(core), a_community()
    event = an_event(
        tenant_id=manager.tenant_id, scope=community, visibility=Visibility.COMMUNITY
    )
    await put(core.store, event)
    memberships.undecided.add(community)
    summary = await sum_up(core, manager, SumUp())
    assert (summary.degraded, summary.occurrences, summary.lines) == (True, 0, ())


async def test_more_than_can_be_counted_at_once_is_refused(core: MemoryCore) -> None:
    manager = await a_manager(core)
    for _ in range(3):
        await put(core.store, an_event(tenant_id=manager.tenant_id))
    small = evolve(core, policies=Policies(most_counted=2))
    with pytest.raises(InvalidFields) as refused:
        await sum_up(small, manager, SumUp())
    assert refused.value.fields.keys() == {"from"}
    enough = evolve(core, policies=Policies(most_counted=3))
    assert (await sum_up(enough, manager, SumUp())).occurrences == 3


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 251}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 10_001}, "offset"),
        ({"zone": "Nowhere/Never"}, "time_zone"),
    ],
)
async def test_a_question_that_breaks_a_rule_is_refused(
    core: MemoryCore, fields: dict[str, Any], broken: str
) -> None:
    manager = await a_manager(core)
    with pytest.raises(InvalidFields) as refused:
        await sum_up(core, manager, SumUp(**fields))
    assert set(refused.value.fields) == {broken}


async def test_a_page_is_cut_from_the_lines_and_the_sum_is_of_all(
    core: MemoryCore,
) -> None:
    manager = await a_manager(core)
    for _ in range(3):
        event = an_event(tenant_id=manager.tenant_id)
        await put(core.store, event)
        going = SetRsvp(event_id=event.id, answer=Answer.GOING)
        await set_rsvp(core, an_actor(manager.tenant_id), going)
    whole = await sum_up(core, manager, SumUp(by=By.OCCURRENCE, limit=None))
    part = await sum_up(core, manager, SumUp(by=By.OCCURRENCE, limit=1, offset=1))
    assert part.lines == whole.lines[1:2]
    assert (part.total, part.numbers) == (3, whole.numbers)
    assert whole.numbers.tally.going == 3
    later = TimeWindow(core.clock.now() + 10_000 * HOUR, None)
    assert (await sum_up(core, manager, SumUp(window=later))).lines == ()
