"""What things are called: ids of tenants, people, events, and the scopes they are in.

Ids are compared and carried, never looked into. All are UUIDs; events and messages
get time-ordered ones from the id port, so that indexes stay local.
"""

from enum import StrEnum
from typing import NewType, Self
from uuid import UUID

from attrs import frozen

TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)
EventId = NewType("EventId", UUID)
MessageId = NewType("MessageId", UUID)

#: The original start of an occurrence as wall time in the event's zone, such as
#: ``2027-03-21T19:00``. Given once, kept for ever, opaque to callers.
OccurrenceKey = NewType("OccurrenceKey", str)


class ScopeKind(StrEnum):
    """The kinds of places an event can belong to."""

    TENANT = "TENANT"
    COMMUNITY = "COMMUNITY"
    TEAM = "TEAM"


@frozen(cache_hash=True)
class Scope:
    """Where an event belongs. It never changes in an event's life.

    The id of a TENANT scope is the tenant's own.
    """

    kind: ScopeKind
    id: UUID

    @classmethod
    def of_tenant(cls, tenant_id: TenantId) -> Self:
        """Return the scope that is the whole tenant."""
        return cls(ScopeKind.TENANT, tenant_id)

    @property
    def has_members(self) -> bool:
        """Whether membership of it can be asked: of a community or a team."""
        return self.kind is not ScopeKind.TENANT
