"""Positions of facts: the order in which they are read, and nothing is missed."""

from adapters.postgres.migrations.steps import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Take the step."""
    run("0007_positions.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0007_positions.down.sql")
