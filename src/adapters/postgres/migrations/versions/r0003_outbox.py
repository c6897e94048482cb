"""Facts, on their way out."""

from adapters.postgres.migrations.steps import drop, run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Take the step."""
    run("0003_outbox.sql")


def downgrade() -> None:
    """Undo the step."""
    drop("outbox")
