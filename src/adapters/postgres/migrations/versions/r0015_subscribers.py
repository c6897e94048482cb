"""How each subscriber does, for metrics."""

from adapters.postgres.migrations.steps import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Take the step."""
    run("0015_subscribers.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0015_subscribers.down.sql")
