"""What became of what was to be told."""

from adapters.postgres.migrations.steps import run

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Take the step."""
    run("0018_dispatches.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0018_dispatches.down.sql")
