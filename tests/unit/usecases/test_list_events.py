"""What is on whose list is held against the oracle elsewhere; this is the rest."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from events_core import (
    EventsCore,
    ListEvents,
    Permission,
    Policies,
    Scope,
    ScopeKind,
    Status,
    TimeWindow,
    Visibility,
    list_events,
)
from events_core.errors import (
    AccessUnavailable,
    InvalidFields,
    PermissionDenied,
    StoreUnavailable,
)
from events_core.ports.store import PagePosition
from events_core.testing.builders import (
    EVENING,
    NOW,
    a_community,
    a_schedule,
    a_team,
    a_tenant,
    an_actor,
    an_event,
)
from events_core.testing.contracts.store.factory import put
from events_core.testing.people import MemoryAccess, MemoryMemberships
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import AskedOutside, DeadStore, WatchedStore

POSITION = PagePosition(NOW, an_event().id, an_event().occurrence)


def watched(core: MemoryCore) -> tuple[EventsCore, AskedOutside]:
    store = WatchedStore(core.store)
    people = AskedOutside(core.memberships, core.access, store)
    return (
        EventsCore(
            store=store,
            memberships=people,
            access=people,
            clock=core.clock,
            ids=core.ids,
        ),
        people,
    )


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 251}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 10_001}, "offset"),
        ({"offset": 1, "after": POSITION}, "cursor"),
        ({"search": "x" * 201}, "q"),
        ({"search": "a b c d e f g h i j k"}, "q"),
        ({"scope": a_team(), "scope_kind": ScopeKind.COMMUNITY}, "scope_id"),
        ({"scope": Scope.of_tenant(a_tenant())}, "scope_id"),
    ],
)
async def test_a_question_that_breaks_a_rule_is_refused(
    core: MemoryCore, fields: dict[str, Any], broken: str
) -> None:
    with pytest.raises(InvalidFields) as refused:
        await list_events(core, an_actor(), ListEvents(**fields))
    assert set(refused.value.fields) == {broken}


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 250},
        {"offset": 10_000},
        {"after": POSITION},
        {"search": "x" * 200},
        {"search": "a b c d e f g h i j A B C"},
        {"search": " \n "},
    ],
)
async def test_at_its_limits_a_question_is_answered(
    core: MemoryCore, fields: dict[str, Any]
) -> None:
    answer = await list_events(core, an_actor(), ListEvents(**fields))
    assert (answer.items, answer.total, answer.next) == ((), 0, None)


async def test_limits_are_a_policy() -> None:
    core = MemoryCore(policies=Policies(largest_page=2))
    with pytest.raises(InvalidFields):
        await list_events(core, an_actor(), ListEvents(limit=3))


async def test_without_count_there_is_no_total(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    answer = await list_events(core, an_actor(event.tenant_id), ListEvents(count=False))
    assert ([item.id for item in answer.items], answer.total) == ([event.id], None)


async def test_a_search_looks_a_year_ahead_from_today_unless_told_when(
    core: MemoryCore,
) -> None:
    tenant_id = a_tenant()
    midnight = NOW.replace(hour=0)
    times = {
        "before": midnight - timedelta(seconds=1),
        "today": midnight,
        "in a year": midnight + timedelta(days=366),
        "later": midnight + timedelta(days=366, seconds=1),
    }
    await put(
        core.store,
        *(
            an_event(
                tenant_id=tenant_id, title=title, schedule=a_schedule(at, hours=None)
            )
            for title, at in times.items()
        ),
    )
    actor = an_actor(tenant_id)

    async def titles(**fields: Any) -> list[str]:  # noqa: ANN401 (any of its fields)
        answer = await list_events(core, actor, ListEvents(**fields))
        return [item.title for item in answer.items]

    assert await titles() == [*times]
    assert await titles(search="T") == ["today"]
    assert await titles(search="a") == ["today", "in a year"]
    always = TimeWindow(datetime(1970, 1, 1, tzinfo=UTC))
    assert await titles(search="e", window=always) == ["before", "in a year", "later"]


async def test_an_outage_of_memberships_leaves_out_what_hangs_on_them_and_says_so(
    core: MemoryCore, memberships: MemoryMemberships
) -> None:
    public = an_event()
    team = an_event(tenant_id=public.tenant_id, visibility=Visibility.TEAM)
    await put(core.store, public, team)
    actor = an_actor(public.tenant_id)
    memberships.add(actor, team.scope)
    whole = await list_events(core, actor, ListEvents())
    assert (whole.total, whole.degraded) == (2, False)
    memberships.silent = True
    part = await list_events(core, actor, ListEvents())
    assert [item.id for item in part.items] == [public.id]
    assert (part.total, part.degraded) == (1, True)


async def test_other_outages_are_no_lists(
    core: MemoryCore, access: MemoryAccess
) -> None:
    access.silent = True
    with pytest.raises(AccessUnavailable):
        await list_events(core, an_actor(), ListEvents())
    with pytest.raises(StoreUnavailable):
        await list_events(MemoryCore(store=DeadStore()), an_actor(), ListEvents())


async def test_both_authorities_silent_is_one_outage(
    core: MemoryCore, access: MemoryAccess, memberships: MemoryMemberships
) -> None:
    event = an_event(visibility=Visibility.TEAM)
    await put(core.store, event)
    access.silent = memberships.silent = True
    with pytest.raises(AccessUnavailable):
        await list_events(core, an_actor(event.tenant_id), ListEvents())


async def test_reading_is_asked_at_the_scope_in_question(
    core: MemoryCore, access: MemoryAccess
) -> None:
    access.everybody = frozenset()
    her, team = an_actor(), a_team()
    access.grant(her, team, Permission.EVENT_READ)
    assert (await list_events(core, her, ListEvents(scope=team))).total == 0
    for command in (
        ListEvents(),
        ListEvents(scope=a_team()),
        ListEvents(scope_kind=ScopeKind.TEAM),
    ):
        with pytest.raises(PermissionDenied):
            await list_events(core, her, command)


async def test_whoever_is_barred_has_no_list(core: MemoryCore) -> None:
    for actor in (an_actor(banned=True), an_actor(suspended=True, system_admin=True)):
        with pytest.raises(PermissionDenied):
            await list_events(core, actor, ListEvents())


class TestAsking:
    """Authorities are asked about no more scopes than matter, outside of any unit."""

    async def test_only_the_scopes_whose_members_matter_are_asked_about(
        self, core: MemoryCore
    ) -> None:
        tenant_id = a_tenant()
        team = an_event(tenant_id=tenant_id, visibility=Visibility.TEAM)
        community = an_event(tenant_id=tenant_id, visibility=Visibility.COMMUNITY)
        others = (
            an_event(tenant_id=tenant_id, scope=a_community()),
            an_event(
                tenant_id=tenant_id, scope=a_team(), visibility=Visibility.PRIVATE
            ),
            an_event(
                tenant_id=tenant_id,
                visibility=Visibility.TEAM,
                schedule=a_schedule(EVENING + timedelta(days=30)),
            ),
            an_event(visibility=Visibility.TEAM),
        )
        await put(core.store, team, community, *others[:-1])
        await put(core.store, others[-1])
        whole, people = watched(core)
        tenant = Scope.of_tenant(tenant_id)
        window = TimeWindow(NOW, NOW + timedelta(days=10))
        asked = {
            ListEvents(window=window): {team.scope, community.scope},
            ListEvents(window=window, scope_kind=ScopeKind.TEAM): {team.scope},
            ListEvents(window=window, scope=team.scope): {team.scope},
            ListEvents(window=window, visibilities=frozenset({Visibility.PUBLIC})): set[
                Scope
            ](),
            ListEvents(window=window, statuses=frozenset({Status.CANCELLED})): set[
                Scope
            ](),
        }
        for command, scopes in asked.items():
            people.asked.clear()
            await list_events(whole, an_actor(tenant_id), command)
            assert {s for who, s in people.asked if who == "memberships"} == scopes
            reading = command.scope or tenant
            assert [s for who, s in people.asked if who == "access"] == [reading]

    async def test_only_for_drafts_it_is_asked_who_manages_them(
        self, core: MemoryCore
    ) -> None:
        tenant_id = a_tenant()
        draft = an_event(
            tenant_id=tenant_id, visibility=Visibility.TEAM, status=Status.DRAFT
        )
        await put(core.store, draft)
        whole, people = watched(core)
        drafts = ListEvents(statuses=frozenset({Status.DRAFT}))
        tenant = Scope.of_tenant(tenant_id)
        for command, scopes in (
            (drafts, {tenant, draft.scope}),
            (evolve(drafts, scope=draft.scope), {draft.scope}),
            (evolve(drafts, scope=tenant), {tenant}),
            (ListEvents(), {tenant}),
        ):
            people.asked.clear()
            await list_events(whole, an_actor(tenant_id), command)
            assert {s for who, s in people.asked if who == "access"} == scopes

    async def test_a_thousand_events_of_one_team_are_one_question(
        self, core: MemoryCore
    ) -> None:
        tenant_id, team = a_tenant(), a_team()
        await put(
            core.store,
            *(
                an_event(tenant_id=tenant_id, scope=team, visibility=Visibility.TEAM)
                for _ in range(1_000)
            ),
        )
        whole, people = watched(core)
        await list_events(whole, an_actor(tenant_id), ListEvents())
        assert sorted(people.asked) == [
            ("access", Scope.of_tenant(tenant_id)),
            ("memberships", team),
        ]
