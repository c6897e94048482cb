"""What tenants are called, for calls that come from no request."""

from adapters.postgres.migrations.steps import run

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Take the step."""
    run("0030_tenant_slugs.sql")


def downgrade() -> None:
    """Undo the step."""
    run("0030_tenant_slugs.down.sql")
