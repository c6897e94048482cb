"""Operators' entries in the audit trail."""

from adapters.postgres.migrations.steps import run

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Take the step."""
    run("0029_operators_entries.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0029_operators_entries.down.sql")
