"""What the parts of rows are made of."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from uuid import UUID

from events_core.domain.answers import Admission, Answer
from events_core.domain.details import EventType
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import Scope, ScopeKind
from events_core.domain.permissions import Role
from events_core.domain.signup import Waitlist

Row = Iterable[Any]
Values = dict[str, object]

# A look-up is many times quicker than calling the enumeration.
STATUS = {member.value: member for member in Status}
VISIBILITY = {member.value: member for member in Visibility}
EVENT_TYPE = {member.value: member for member in EventType}
SCOPE_KIND = {member.value: member for member in ScopeKind}
ADMISSION = {member.value: member for member in Admission}
ANSWER = {member.value: member for member in Answer}
WAITLIST = {member.value: member for member in Waitlist}
ROLE = {member.value: member for member in Role}


@lru_cache(65536)
def scope_of(kind: str, scope_id: UUID) -> Scope:
    """Return a scope, the same whenever it is asked for: few have many events."""
    return Scope(SCOPE_KIND[kind], scope_id)


def scope_from(row: Row) -> Scope:
    """Return the scope of a row of its kind and id."""
    return scope_of(*row)


def scopes_from(kind: str, ids: Iterable[UUID]) -> list[Scope]:
    """Return the scopes of a kind."""
    return [scope_of(kind, scope_id) for scope_id in ids]
