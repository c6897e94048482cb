"""How a tenant's facts leave it, as the app: bound to it, and blind to secrets."""

from attrs import frozen

from adapters.postgres.database import Database
from adapters.postgres.publishing.subscriptions import PostgresSubscriptionBook
from events_core.domain.identity import TenantId
from events_core.ports.publishing import Publishing, TenantPublishing

__all__ = ["PostgresPublishing", "PostgresTenantPublishing"]


@frozen
class PostgresTenantPublishing:
    """``TenantPublishing`` on a database whose migrations are current."""

    _database: Database
    _tenant_id: TenantId

    @property
    def subscriptions(self) -> PostgresSubscriptionBook:
        """Who is told."""
        return PostgresSubscriptionBook(self._database, self._tenant_id)


@frozen
class PostgresPublishing:
    """``Publishing`` on a database whose migrations are current."""

    _database: Database

    def of(self, tenant_id: TenantId) -> PostgresTenantPublishing:
        """See ``Publishing.of``."""
        return PostgresTenantPublishing(self._database, tenant_id)


def _satisfies_ports(
    publishing: PostgresPublishing, of_tenant: PostgresTenantPublishing
) -> tuple[Publishing, TenantPublishing]:
    return publishing, of_tenant
