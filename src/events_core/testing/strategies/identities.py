"""Who and where: few, so that they meet."""

from functools import cache, lru_cache
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events_core.domain.identity import (
    EventId,
    MessageId,
    Scope,
    ScopeKind,
    TenantId,
    UserId,
)


def _known(number: int) -> UUID:
    return UUID(int=number << 96 | 7 << 76 | 2 << 62 | number)


#: Where things are drawn that name no tenant.
TENANT = TenantId(_known(1))
PEOPLE = tuple(UserId(_known(number)) for number in range(11, 15))
COMMUNITIES = tuple(Scope(ScopeKind.COMMUNITY, _known(n)) for n in range(21, 24))
TEAMS = tuple(Scope(ScopeKind.TEAM, _known(n)) for n in range(31, 33))


@cache
def people() -> SearchStrategy[UserId]:
    """One of a few people."""
    return st.sampled_from(PEOPLE)


@cache
def event_ids() -> SearchStrategy[EventId]:
    """Ids of events; of any two, either may sort first."""
    return st.uuids().map(EventId)


@cache
def message_ids() -> SearchStrategy[MessageId]:
    """Ids of facts."""
    return st.uuids().map(MessageId)


@lru_cache
def scopes(tenant_id: TenantId = TENANT) -> SearchStrategy[Scope]:
    """The tenant, one of a few communities, or one of a few teams."""
    return st.sampled_from((Scope.of_tenant(tenant_id), *COMMUNITIES, *TEAMS))
