"""What is told again has entries in the audit trail."""

from adapters.postgres.migrations.steps import run

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Take the step."""
    run("0032_what_is_told_again.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0032_what_is_told_again.down.sql")
