"""Activity's subscriptions are out of the app's reach."""

from adapters.postgres.migrations.steps import run

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Take the step."""
    run("0031_activity_is_operators.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0031_activity_is_operators.down.sql")
