"""What was tried is never linked to somebody else."""

from adapters.postgres.migrations.steps import run

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Take the step."""
    run("0033_linked_persons.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0033_linked_persons.down.sql")
