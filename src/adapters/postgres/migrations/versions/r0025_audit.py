"""The audit trail, and its chain."""

from adapters.postgres.migrations.steps import run

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Take the step."""
    run("0025_audit.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0025_audit.down.sql")
