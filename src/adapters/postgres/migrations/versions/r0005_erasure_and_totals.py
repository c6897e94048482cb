"""What the app may do to history and outbox, and what is counted over all tenants."""

from adapters.postgres.migrations.steps import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Take the step."""
    run("0005_erasure_and_totals.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0005_erasure_and_totals.down.sql")
