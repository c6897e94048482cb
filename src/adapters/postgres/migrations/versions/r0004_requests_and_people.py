"""Requests done, signatures seen, and the local directory."""

from adapters.postgres.migrations.steps import drop, run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Take the step."""
    run("0004_requests_and_people.sql")


def downgrade() -> None:
    """Undo the step."""
    drop("repeat", "signature", "membership", "role_binding")
