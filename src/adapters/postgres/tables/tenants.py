"""What is known of a tenant beside its id."""

from sqlalchemy import Column, Table, Text

from adapters.postgres.tables.shared import metadata, rule, tenant_id

# As it stands in a header.
tenant_slug = Table(
    "tenant_slug",
    metadata,
    tenant_id(),
    Column("slug", Text, nullable=False),
    rule("slug", "slug ~ '^[!-~]{1,255}$'"),
)
