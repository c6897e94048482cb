"""Old facts may go, and leave who made an event to be told."""

from adapters.postgres.migrations.steps import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Take the step."""
    run("0014_fact_retention.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0014_fact_retention.down.sql")
