"""Whether an event takes people without a place; and those who wait are counted."""

from adapters.postgres.migrations.steps import run

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Take the step."""
    run("0020_walk_ins.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0020_walk_ins.down.sql")
