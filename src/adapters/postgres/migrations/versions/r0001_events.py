"""Events, their occurrences, roles, versions and scopes."""

from alembic import op

from adapters.postgres.migrations.steps import drop, run

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Take the step."""
    run("0001_events.sql")


def downgrade() -> None:
    """Undo the step."""
    drop("event", "occurrence", "event_role", "event_version", "scope")
    op.get_bind().exec_driver_sql("DROP FUNCTION events.tenant_id()")
