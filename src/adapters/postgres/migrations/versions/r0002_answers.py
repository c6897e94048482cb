"""Answers, their counts, and attendance."""

from adapters.postgres.migrations.steps import drop, run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Take the step."""
    run("0002_answers.sql")


def downgrade() -> None:
    """Undo the step."""
    drop("tally", "rsvp", "attendance")
