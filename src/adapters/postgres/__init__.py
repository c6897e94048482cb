"""The store and its neighbours on PostgreSQL 15 or later.

`Database.at(url)` is the app's way in; everything else is built on it. The URL is of
a role that row-level security binds. `migrate(owner_url)` comes first.
"""

from adapters.postgres.database import Database, Patience
from adapters.postgres.directory import LocalAccess, LocalDirectory, LocalMemberships
from adapters.postgres.fence import UnsafeRoleError, check_relay_role, check_role
from adapters.postgres.housekeeping import over_events
from adapters.postgres.migrations import (
    MigrationError,
    check_is_current,
    current_revision,
    is_current,
    migrate,
    roll_back,
)
from adapters.postgres.publishing import PostgresPublishing
from adapters.postgres.repeats import PostgresRepeats
from adapters.postgres.retention import Kept, clear_away
from adapters.postgres.signatures import PostgresSignatures
from adapters.postgres.slugs import PostgresSlugs
from adapters.postgres.store import PostgresStore
from adapters.postgres.subscribers import Subscribers
from adapters.postgres.tenants import tenant_of
from adapters.postgres.totals import Totals

__all__ = [
    "Database",
    "Kept",
    "LocalAccess",
    "LocalDirectory",
    "LocalMemberships",
    "MigrationError",
    "Patience",
    "PostgresPublishing",
    "PostgresRepeats",
    "PostgresSignatures",
    "PostgresSlugs",
    "PostgresStore",
    "Subscribers",
    "Totals",
    "UnsafeRoleError",
    "check_is_current",
    "check_relay_role",
    "check_role",
    "clear_away",
    "current_revision",
    "is_current",
    "migrate",
    "over_events",
    "roll_back",
    "tenant_of",
]
