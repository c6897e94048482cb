"""The ledger of seats, parties and waiting lists."""

from adapters.postgres.migrations.steps import run

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Take the step."""
    run("0019_seats.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0019_seats.down.sql")
