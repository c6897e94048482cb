"""Subscriptions that a tenant manages itself."""

from adapters.postgres.migrations.steps import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Take the step."""
    run("0013_subscriptions.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0013_subscriptions.down.sql")
