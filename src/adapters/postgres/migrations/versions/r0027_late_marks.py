"""What was answered to marks that came too late."""

from adapters.postgres.migrations.steps import run

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Take the step."""
    run("0027_late_marks.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0027_late_marks.down.sql")
