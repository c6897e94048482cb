"""Questions about events: the whole language."""

from functools import lru_cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events_core.domain.details import EventType
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import ScopeKind, TenantId
from events_core.domain.permissions import Role
from events_core.domain.predicate import (
    AllOf,
    AnyOf,
    CreatedBy,
    Everything,
    HasRole,
    IsDeleted,
    Mentions,
    Not,
    Nothing,
    Predicate,
    ScopeIn,
    ScopeKindIs,
    StatusIn,
    TypeIn,
    VisibilityIn,
)
from events_core.domain.text import fold
from events_core.testing.strategies.identities import (
    COMMUNITIES,
    TEAMS,
    TENANT,
    people,
)
from events_core.testing.strategies.texts import WORDS, titles
from events_core.testing.strategies.viewers import bearers


@lru_cache
def _questions(tenant_id: TenantId) -> SearchStrategy[Predicate]:
    """What asks about the event itself."""
    ids = st.sampled_from((tenant_id, *(scope.id for scope in (*COMMUNITIES, *TEAMS))))
    parts = st.sampled_from(WORDS) | titles()
    return st.one_of(
        st.just(Everything()),
        st.just(Nothing()),
        st.just(IsDeleted()),
        st.builds(VisibilityIn, st.frozensets(st.sampled_from(Visibility))),
        st.builds(StatusIn, st.frozensets(st.sampled_from(Status))),
        st.builds(TypeIn, st.frozensets(st.sampled_from(EventType))),
        st.builds(ScopeIn, st.sampled_from(ScopeKind), st.frozensets(ids)),
        st.builds(ScopeKindIs, st.sampled_from(ScopeKind)),
        st.builds(CreatedBy, people()),
        st.builds(HasRole, bearers(), st.frozensets(st.sampled_from(Role))),
        st.builds(Mentions, parts.map(lambda text: fold(text[:6]))),
    )


@lru_cache
def predicates(tenant_id: TenantId = TENANT) -> SearchStrategy[Predicate]:
    """Questions of every shape about the events of a tenant."""
    return st.recursive(
        _questions(tenant_id),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        ),
        max_leaves=8,
    )
