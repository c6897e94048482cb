"""Notices for those who count on an event, and marks that can be taken back."""

from adapters.postgres.migrations.steps import run

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Take the step."""
    run("0017_notices.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0017_notices.down.sql")
