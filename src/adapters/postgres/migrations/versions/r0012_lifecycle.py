"""The life of events: what is deleted is told, what is over is found."""

from adapters.postgres.migrations.steps import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Take the step."""
    run("0012_lifecycle.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0012_lifecycle.down.sql")
