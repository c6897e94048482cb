"""What everybody sees, held against the oracle; for any stack there is to ask.

Subclass ``SeenContract`` and override ``make_stack``. A stack is a core of fakes, on
any store, that is arranged here; it is asked through the use cases, unless a subclass
of ``Stack`` asks otherwise, say over HTTP.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from events_core import (
    Actor,
    Answer,
    EventId,
    EventList,
    EventType,
    ListEvents,
    MasterFlags,
    Scope,
    ScopeKind,
    Status,
    TenantId,
    TimeWindow,
    UserId,
    Visibility,
    get_event,
    list_events,
)
from events_core.domain.event import Event
from events_core.errors import (
    EventNotFound,
    MembershipUnavailable,
    PermissionDenied,
)
from events_core.ical import export_event
from events_core.testing.builders import a_tenant
from events_core.testing.contracts.store.events import open_form_of
from events_core.testing.contracts.store.factory import answered, put
from events_core.testing.strategies import (
    COMMUNITIES,
    TEAMS,
    WORDS,
    events,
    people,
    plain_details,
    scopes,
    windows,
)
from events_core.testing.wired import MemoryCore
from tests import oracle


@frozen
class Stack:
    """A service, arranged through its fakes and asked as its callers ask."""

    core: MemoryCore

    async def list(self, actor: Actor, command: ListEvents) -> EventList | str:
        """Return a page, or ``refused``."""
        try:
            return await list_events(self.core, actor, command)
        except PermissionDenied:
            return "refused"

    async def look(self, actor: Actor, event_id: EventId) -> str:
        """Tell what becomes of looking at an event, as the oracle calls it."""
        try:
            assert (await get_event(self.core, actor, event_id)).id == event_id
        except tuple(_OUTCOMES) as outcome:
            return _OUTCOMES[type(outcome)]
        return "seen"

    async def take_home(self, actor: Actor, event_id: EventId) -> str:
        """Tell what becomes of asking for its calendar file."""
        try:
            file = await export_event(self.core, actor, event_id)
        except tuple(_OUTCOMES) as outcome:
            return _OUTCOMES[type(outcome)]
        assert f"UID:urn:uuid:{event_id}\r\n".encode() in file.body
        return "seen"


_OUTCOMES: dict[type[BaseException], str] = {
    EventNotFound: "missing",
    MembershipUnavailable: "untold",
    PermissionDenied: "refused",
}

T = TypeVar("T")

MakeStack = Callable[[], Awaitable[Stack]]


@frozen
class World:
    """Two tenants with events, and one person who looks at the first."""

    tenant_id: TenantId
    neighbour_id: TenantId
    events: Sequence[Event]
    neighbours: Sequence[Event]
    members: frozenset[tuple[UserId, frozenset[Scope]]]
    managers: frozenset[tuple[UserId, Scope]]
    undecided: frozenset[Scope]
    answers: Sequence[tuple[UserId, Answer | None]]
    actor: Actor
    question: ListEvents


#: Whatever there is, in every state.
_everything = st.builds(
    ListEvents, statuses=st.just(frozenset(Status)), limit=st.integers(1, 3)
)


@composite
def worlds(draw: DrawFn) -> World:
    """Worlds in which much is alike, so that much could be mistaken."""
    here, there = a_tenant(), a_tenant()
    stored = draw(_some(here, at_least=2, at_most=7))
    twins = [
        evolve(
            event,
            tenant_id=there,
            scope=event.scope if event.scope.has_members else Scope.of_tenant(there),
        )
        for event in draw(st.lists(st.sampled_from(stored), unique_by=lambda e: e.id))
    ]
    places = st.tuples(people(), scopes(here))
    flags = st.sampled_from(
        (
            *[MasterFlags()] * 6,
            *[MasterFlags(system_admin=True)] * 2,
            MasterFlags(banned=True),
            MasterFlags(suspended=True, system_admin=True),
        )
    )
    nowhere, everywhere = frozenset[Scope](), frozenset((*COMMUNITIES, *TEAMS))
    of_members = st.frozensets(st.sampled_from((*COMMUNITIES, *TEAMS)))
    return World(
        tenant_id=here,
        neighbour_id=there,
        events=stored,
        neighbours=[*twins, *draw(_some(there, at_least=0, at_most=1))],
        members=draw(st.frozensets(st.tuples(people(), of_members), max_size=3)),
        managers=draw(st.frozensets(places, max_size=3)),
        undecided=draw(st.sampled_from((nowhere, everywhere)) | of_members),
        answers=draw(
            st.lists(
                st.tuples(people(), st.none() | st.sampled_from(Answer)), max_size=6
            )
        ),
        actor=Actor(here, draw(people()), draw(flags)),
        question=draw(_everything | _everything | questions(here)),
    )


def _some(
    tenant_id: TenantId, *, at_least: int, at_most: int
) -> st.SearchStrategy[list[Event]]:
    return st.lists(
        events(tenant_id, about=plain_details()),
        min_size=at_least,
        max_size=at_most,
        unique_by=lambda event: event.id,
    )


def _some_of(values: Iterable[T]) -> st.SearchStrategy[frozenset[T] | None]:
    some = st.frozensets(st.sampled_from([*values]), min_size=1)
    return st.none() | st.none() | some


@composite
def questions(draw: DrawFn, tenant_id: TenantId) -> ListEvents:
    """Everything a list can be asked, often little."""
    scope = draw(st.none() | st.none() | scopes(tenant_id))
    kinds = st.sampled_from(ScopeKind) if scope is None else st.just(scope.kind)
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join)
    return ListEvents(
        window=draw(st.just(TimeWindow()) | windows()),
        scope=scope,
        scope_kind=draw(st.none() | kinds),
        visibilities=draw(_some_of(Visibility)),
        statuses=draw(st.just(frozenset(Status)) | _some_of(Status)),
        event_types=draw(_some_of(EventType)),
        my_answers=draw(_some_of([*Answer, None])),
        mine=draw(st.sampled_from((False, False, True))),
        search=draw(st.none() | st.none() | words),
        limit=draw(st.integers(1, 3)),
    )


class SeenContract:
    """Lists, totals, pages, details and calendar files are what the oracle says."""

    @pytest.fixture
    def make_stack(self) -> MakeStack:
        """Return a factory of the stack under test."""
        raise NotImplementedError

    @given(world=worlds())
    @settings(
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
        ]
    )
    async def test_everybody_sees_exactly_what_the_oracle_says(
        self, make_stack: MakeStack, world: World
    ) -> None:
        stack = await make_stack()
        said = await arrange(stack, world)
        here = [told(event, said) for event in world.events]
        everywhere = [*here, *(told(event, {}) for event in world.neighbours)]
        her = person(world)
        await check_list(stack, world, her, everywhere)
        for event_id in {event.id for event in (*world.events, *world.neighbours)}:
            mine = [event for event in here if event["id"] == str(event_id)]
            now = stack.core.clock.now()
            outcome = oracle.answer_to_a_look(her, mine[0], now) if mine else "missing"
            assert await stack.look(world.actor, event_id) == outcome
            assert await stack.take_home(world.actor, event_id) == outcome


async def check_list(
    stack: Stack, world: World, her: oracle.Person, everything: list[oracle.Happening]
) -> None:
    """Check every page of the list, by offset and by position."""
    command, asked = world.question, question(world.question)
    now = stack.core.clock.now()
    expected = oracle.listed(her, everything, asked, now)
    if her["barred"]:
        assert await stack.list(world.actor, command) == "refused"
        return
    for by in ("offset", "position"):
        ids: list[str] = []
        ask: ListEvents | None = command
        while ask is not None:
            page = await stack.list(world.actor, ask)
            assert isinstance(page, EventList)
            ids.extend(str(item.id) for item in page.items)
            assert page.total == len(expected)
            assert len(page.items) == command.limit or page.next is None
            if oracle.hangs_on_a_doubt(her, everything, asked, now):
                assert page.degraded
            if not her["untold"]:
                assert not page.degraded
            if page.next is None:
                ask = None
            elif by == "offset":
                ask = evolve(ask, offset=ask.offset + ask.limit)
            else:
                ask = evolve(ask, after=page.next)
        assert ids == expected


async def arrange(stack: Stack, world: World) -> dict[EventId, dict[UserId, Answer]]:
    """Make it so, and return who said what to the events here."""
    core = stack.core
    for who, belonging in world.members:
        core.memberships.add(Actor(world.tenant_id, who), *belonging)
    for who, scope in world.managers:
        core.access.bind(Actor(world.tenant_id, who), scope)
    core.memberships.undecided |= world.undecided
    await put(core.store, *world.events)
    await put(core.store, *world.neighbours)
    said: dict[EventId, dict[UserId, Answer]] = {}
    for event, (who, answer) in zip(world.events, world.answers, strict=False):
        await answered(core.store, open_form_of(event), who, answer)
        if answer is not None:
            said.setdefault(event.id, {})[who] = answer
    return said


def told(event: Event, said: dict[EventId, dict[UserId, Answer]]) -> oracle.Happening:
    """Tell the oracle of an event."""
    return {
        "tenant": str(event.tenant_id),
        "id": str(event.id),
        "place": place(event.scope),
        "visibility": event.visibility.value,
        "status": event.status.value,
        "deleted": event.deleted_at is not None,
        "creator": str(event.created_by) if event.created_by else None,
        "roles": [
            (
                place(g.holder) if isinstance(g.holder, Scope) else str(g.holder),
                g.role.value,
                g.expires_at,
            )
            for g in event.grants
        ],
        "type": event.details.event_type.value,
        "texts": [
            text
            for text in (
                event.details.title,
                event.details.description,
                event.details.location_text,
            )
            if text
        ],
        "starts": event.schedule.starts,
        "ends": event.schedule.ends,
        "zone": event.schedule.zone,
        "all_day": event.schedule.all_day,
        "answers": {
            str(who): answer.value for who, answer in said.get(event.id, {}).items()
        },
    }


def person(world: World) -> oracle.Person:
    """Tell the oracle of who looks."""
    her = world.actor
    return {
        "tenant": str(her.tenant_id),
        "id": str(her.user_id),
        "member_of": {
            place(scope)
            for who, belonging in world.members
            for scope in belonging
            if who == her.user_id
        },
        "untold": {place(scope) for scope in world.undecided},
        "manages": {place(s) for who, s in world.managers if who == her.user_id},
        "admin": her.flags.system_admin,
        "barred": her.flags.suspended or her.flags.banned,
    }


def question(command: ListEvents) -> oracle.Question:
    """Tell the oracle what is asked."""

    def values(some: frozenset[object] | None) -> set[str] | None:
        return None if some is None else {str(one) for one in some}

    return {
        "since": command.window.start,
        "until": command.window.end,
        "place": place(command.scope) if command.scope else None,
        "kind": command.scope_kind and command.scope_kind.value,
        "visibilities": values(command.visibilities),
        "statuses": values(command.statuses),
        "types": values(command.event_types),
        "answers": None
        if command.my_answers is None
        else {one and one.value for one in command.my_answers},
        "mine": command.mine,
        "words": (command.search or "").split(),
    }


def place(scope: Scope) -> oracle.Place:
    """Tell the oracle where."""
    return scope.kind.value, str(scope.id)
