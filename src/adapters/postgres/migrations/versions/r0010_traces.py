"""Which trace a fact belongs to, for whoever delivers it."""

from adapters.postgres.migrations.steps import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Take the step."""
    run("0010_traces.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0010_traces.down.sql")
