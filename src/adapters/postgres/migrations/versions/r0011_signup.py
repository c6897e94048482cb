"""The terms on which an event takes answers."""

from adapters.postgres.migrations.steps import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Take the step."""
    run("0011_signup.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0011_signup.down.sql")
