"""How much is still to be delivered, for metrics."""

from adapters.postgres.migrations.steps import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Take the step."""
    run("0009_backlog.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0009_backlog.down.sql")
