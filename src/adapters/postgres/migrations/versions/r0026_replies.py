"""What was answered to a nonce says whether that made the mark."""

from adapters.postgres.migrations.steps import run

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Take the step."""
    run("0026_replies.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0026_replies.down.sql")
