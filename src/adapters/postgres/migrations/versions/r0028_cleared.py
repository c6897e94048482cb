"""Which facts are cleared away."""

from adapters.postgres.migrations.steps import run

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Take the step."""
    run("0028_cleared.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0028_cleared.down.sql")
