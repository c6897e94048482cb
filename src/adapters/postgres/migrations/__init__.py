"""How the tables came to be, step by step, and the means to take the steps."""

from adapters.postgres.migrations.migrate import (
    MigrationError,
    check_is_current,
    current_revision,
    is_current,
    migrate,
    roll_back,
)

__all__ = [
    "MigrationError",
    "check_is_current",
    "current_revision",
    "is_current",
    "migrate",
    "roll_back",
]
