"""Where there have ever been events, and how exposed."""

from sqlalchemy import Column, Table, Text, Uuid

from adapters.postgres.tables.shared import metadata, one_of, tenant_id
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import ScopeKind

# It only ever grows, and stays small: memberships are asked for what is found here,
# so that a long list need not look at every event first.
scope = Table(
    "scope",
    metadata,
    tenant_id(),
    Column("scope_kind", Text, primary_key=True),
    Column("scope_id", Uuid, primary_key=True),
    Column("visibility", Text, primary_key=True),
    Column("status", Text, primary_key=True),
    one_of("scope_kind", ScopeKind),
    one_of("visibility", Visibility),
    one_of("status", Status),
)
