"""Whoever claims knows from where on there can be anything due."""

from adapters.postgres.migrations.steps import run

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Take the step."""
    run("0024_low_water.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0024_low_water.down.sql")
