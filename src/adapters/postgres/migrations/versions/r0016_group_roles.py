"""Roles for communities and teams, and roles that end."""

from adapters.postgres.migrations.steps import run

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Take the step."""
    run("0016_group_roles.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0016_group_roles.down.sql")
