"""Facts of subscriptions."""

from adapters.postgres.migrations.steps import run

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Take the step."""
    run("0021_subscription_facts.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0021_subscription_facts.down.sql")
