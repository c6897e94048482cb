"""How long things last is made known to the planner: hardly one is long."""

from adapters.postgres.migrations.steps import run

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Take the step."""
    run("0023_lasting.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0023_lasting.down.sql")
