"""Predicates: the store selects exactly what ``holds`` says, and so does the rule."""

from collections.abc import Iterator
from itertools import product

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.actors import Viewer
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import Scope, ScopeKind, TenantId, UserId
from events_core.domain.permissions import Permission, Role
from events_core.domain.predicate import (
    CreatedBy,
    HasRole,
    IsDeleted,
    Mentions,
    Not,
    Predicate,
    holds,
)
from events_core.domain.roles import Bearer, Grant
from events_core.domain.visibility import visible_to
from events_core.errors import VisibilityNeedsScope
from events_core.ports.store import PageQuery, Store
from events_core.testing.builders import (
    NOW,
    a_community,
    a_grant,
    a_person,
    a_team,
    a_tenant,
    an_event,
)
from events_core.testing.contracts.store.factory import (
    PROPERTY,
    MakeStore,
    OfStore,
    in_a_tenant,
    page_of,
    put,
    some_events,
)
from events_core.testing.strategies import (
    people,
    predicates,
    viewers,
)


class PredicatesContract(OfStore):
    """Two interpreters of one language."""

    @given(
        drawn=in_a_tenant(
            lambda t: st.tuples(
                some_events(t), predicates(t) | viewers(t).map(visible_to)
            )
        ),
        reader=people(),
    )
    @PROPERTY
    async def test_any_predicate_selects_exactly_what_it_holds_for(
        self,
        make_store: MakeStore,
        drawn: tuple[list[Event], Predicate],
        reader: UserId,
    ) -> None:
        stored, where = drawn
        tenant_id = stored[0].tenant_id if stored else a_tenant()
        store = await make_store()
        await put(store, *stored)
        async with store.unit_of_work(tenant_id) as uow:
            for event in stored:
                found = await uow.events.get(event.id, where)
                assert (found is not None) == holds(where, event)
                seen = await uow.events.look(event.id, where, Bearer(reader))
                assert (seen is not None) == holds(where, event)
            page = await uow.events.page(PageQuery(where=where, reader=Bearer(reader)))
        matching = {
            event.id for event in stored if holds(where, event) and not event.deleted_at
        }
        assert {item.id for item in page.items} == matching
        assert page.total == len(matching)

    async def test_what_is_not_so_of_nobodys_event_is_so_when_denied(
        self, store: Store
    ) -> None:
        event = evolve(an_event(), created_by=None, grants=())
        await put(store, event)
        for asked in (
            CreatedBy(a_person()),
            HasRole(Bearer(a_person()), frozenset(Role)),
            IsDeleted(),
            Mentions("what nobody calls it"),
        ):
            assert await self._matches(store, event, asked) is False
            assert await self._matches(store, event, Not(asked)) is True

    async def test_a_groups_role_is_no_persons_who_has_its_id(
        self, store: Store
    ) -> None:
        team = a_team()
        bearers = {
            "the person": Bearer(UserId(team.id)),
            "a community": Bearer(
                a_person(), frozenset({Scope(ScopeKind.COMMUNITY, team.id)})
            ),
            "the team": Bearer(a_person(), frozenset({team})),
        }
        event = an_event(grants=(Grant(team, Role.VIEWER, NOW),))
        await put(store, event)
        bearing = {
            name
            for name, bearer in bearers.items()
            if await self._matches(store, event, HasRole(bearer, frozenset(Role)))
        }
        assert bearing == {"the team"}

    async def _matches(self, store: Store, event: Event, where: Predicate) -> bool:
        async with store.unit_of_work(event.tenant_id) as uow:
            found = await uow.events.get(event.id, where)
            page = await uow.events.page(
                PageQuery(where=where, reader=Bearer(a_person()))
            )
        assert bool(page.total) == (found is not None)
        return found is not None

    async def test_the_rule_selects_every_kind_of_event_for_every_kind_of_viewer(
        self, store: Store
    ) -> None:
        tenant_id, her = a_tenant(), a_person()
        scopes = (Scope.of_tenant(tenant_id), a_community(), a_team())
        stored = [*events_of_every_kind(tenant_id, her, scopes)]
        await put(store, *stored)
        for viewer in viewers_of_every_kind(tenant_id, her, scopes):
            where = visible_to(viewer)
            expected = {event.id for event in stored if holds(where, event)}
            listed = {
                event.id
                for event in stored
                if event.id in expected and event.deleted_at is None
            }
            query = PageQuery(where=where, reader=Bearer(her), limit=len(stored) + 1)
            page = await page_of(store, tenant_id, query)
            assert ({item.id for item in page.items}, page.total) == (
                listed,
                len(listed),
            )
            async with store.unit_of_work(tenant_id) as uow:
                for event in stored:
                    if event.deleted_at is not None:
                        found = await uow.events.get(event.id, where)
                        assert (found is not None) == (event.id in expected)


def events_of_every_kind(
    tenant_id: TenantId, her: UserId, scopes: tuple[Scope, ...]
) -> Iterator[Event]:
    """Yield one event of each kind that the rule can tell apart."""
    kinds = product(
        scopes, Visibility, Status, (None, NOW), (None, *Role), (her, a_person())
    )
    for scope, visibility, status, deleted_at, role, creator in kinds:
        try:
            event = an_event(
                tenant_id=tenant_id,
                scope=scope,
                visibility=visibility,
                status=status,
                created_by=creator,
                deleted_at=deleted_at,
            )
        except VisibilityNeedsScope:
            continue
        others = tuple(grant for grant in event.grants if grant.holder != her)
        hers = () if role is None else (a_grant(her, role),)
        yield evolve(event, grants=(*others, *hers))


def viewers_of_every_kind(
    tenant_id: TenantId, her: UserId, scopes: tuple[Scope, ...]
) -> Iterator[Viewer]:
    """Yield one viewer of each kind that the rule can tell apart.

    Somebody else, without any role, is among them.
    """
    members = frozenset(scope for scope in scopes if scope.has_members)
    everything = frozenset(Permission)
    for who, member_of, permissions in product(
        (her, a_person()),
        (members, frozenset[Scope]()),
        (everything, everything - {Permission.EVENT_MANAGE}),
    ):
        held = dict.fromkeys(scopes, permissions)
        viewer = Viewer(tenant_id, who, member_of, permissions=held)
        yield viewer
    yield evolve(viewer, undecided=members)
    yield evolve(viewer, barred=True)
