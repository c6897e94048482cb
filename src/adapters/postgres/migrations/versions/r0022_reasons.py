"""Reasons that go with who gave them, and roles that have ended."""

from adapters.postgres.migrations.steps import run

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Take the step."""
    run("0022_reasons.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0022_reasons.down.sql")
