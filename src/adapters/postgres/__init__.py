"""The store and its neighbours on PostgreSQL 15 or later.

`Database.at(url)` is the app's way in; everything else is built on it. The URL is of
a role that row-level security binds. `migrate(owner_url)` comes first.
"""

from adapters.postgres.database import Database, Patience
from adapters.postgres.migrations import (
    MigrationError,
    current_revision,
    is_current,
    migrate,
    roll_back,
)
from adapters.postgres.store import PostgresStore

__all__ = [
    "Database",
    "MigrationError",
    "Patience",
    "PostgresStore",
    "current_revision",
    "is_current",
    "migrate",
    "roll_back",
]
