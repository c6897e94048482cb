"""What operators do over all tenants: find an event by its id, and clear away."""

from adapters.postgres.migrations.steps import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Take the step."""
    run("0006_operators.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0006_operators.down.sql")
