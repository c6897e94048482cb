"""How the tables came to be, step by step, and the means to take the steps."""

from adapters.postgres.migrations.migrate import (
    MigrationError,
    current_revision,
    is_current,
    migrate,
    roll_back,
)

__all__ = [
    "MigrationError",
    "current_revision",
    "is_current",
    "migrate",
    "roll_back",
]
