"""The local directory: who belongs where, and who holds which role in what scope."""

from sqlalchemy import CheckConstraint, Column, Table, Text, Uuid

from adapters.postgres.tables.shared import metadata, one_of, rule, tenant_id
from events_core.domain.identity import ScopeKind
from events_core.domain.permissions import CATALOGUE

_KNOWN_ROLES = ", ".join(f"'{name}'" for name in CATALOGUE)

membership = Table(
    "membership",
    metadata,
    tenant_id(),
    Column("user_id", Uuid, primary_key=True),
    Column("scope_kind", Text, primary_key=True),
    Column("scope_id", Uuid, primary_key=True),
    rule("has_members", "scope_kind IN ('COMMUNITY', 'TEAM')"),
)

role_binding = Table(
    "role_binding",
    metadata,
    tenant_id(),
    Column("user_id", Uuid, primary_key=True),
    Column("scope_kind", Text, primary_key=True),
    Column("scope_id", Uuid, primary_key=True),
    Column("role", Text, primary_key=True),
    one_of("scope_kind", ScopeKind),
    rule("tenant_scope", "scope_kind <> 'TENANT' OR scope_id = tenant_id"),
    CheckConstraint(f"role IN ({_KNOWN_ROLES})", name="role"),
)
