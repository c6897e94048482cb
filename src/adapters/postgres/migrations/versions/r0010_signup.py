"""The terms on which an event takes answers."""

from adapters.postgres.migrations.steps import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Take the step."""
    run("0010_signup.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0010_signup.down.sql")
