"""Who acts, and who looks."""

from functools import cache, lru_cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from events_core.domain.actors import Actor, MasterFlags, Viewer
from events_core.domain.identity import TenantId
from events_core.domain.permissions import Permission
from events_core.domain.roles import END_OF_TIME, Bearer
from events_core.testing.strategies.identities import (
    COMMUNITIES,
    TEAMS,
    TENANT,
    people,
    scopes,
)
from events_core.testing.strategies.times import present_times


@cache
def master_flags() -> SearchStrategy[MasterFlags]:
    """What the platform says of people."""
    return st.builds(MasterFlags, st.booleans(), st.booleans(), st.booleans())


@lru_cache
def actors(tenant_id: TenantId = TENANT) -> SearchStrategy[Actor]:
    """Those who act, with and without flags."""
    flags = st.just(MasterFlags()) | master_flags()
    return st.builds(Actor, st.just(tenant_id), people(), flags)


@lru_cache
@composite
def viewers(draw: DrawFn, tenant_id: TenantId = TENANT) -> Viewer:
    """Those who look: members of some scopes, undecided of others, managers of some."""
    belonging = {
        scope: draw(st.sampled_from(("member", "undecided", "neither")))
        for scope in (*COMMUNITIES, *TEAMS)
    }
    holding = st.frozensets(st.sampled_from(Permission))
    return Viewer(
        tenant_id,
        draw(people()),
        member_of=frozenset(s for s, is_ in belonging.items() if is_ == "member"),
        undecided=frozenset(s for s, is_ in belonging.items() if is_ == "undecided"),
        permissions=draw(st.dictionaries(scopes(tenant_id), holding)),
        barred=draw(st.sampled_from((False, False, True))),
        at=draw(st.just(END_OF_TIME) | present_times()),
    )


@cache
def bearers() -> SearchStrategy[Bearer]:
    """Those as whom roles can be held: with groups of theirs, at some time."""
    groups = st.frozensets(st.sampled_from((*COMMUNITIES, *TEAMS)))
    return st.builds(Bearer, people(), groups, st.just(END_OF_TIME) | present_times())
