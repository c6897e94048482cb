"""Subscriptions, and what each is still to be told."""

from adapters.postgres.migrations.steps import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Take the step."""
    run("0008_deliveries.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0008_deliveries.down.sql")
