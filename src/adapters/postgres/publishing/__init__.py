"""How a tenant's facts leave it, as the app: bound to it, and blind to secrets."""

from collections.abc import Callable

from attrs import frozen

from adapters.postgres.database import Database
from adapters.postgres.publishing.dispatches import PostgresDispatchBook, tell_nobody
from adapters.postgres.publishing.feed import PostgresFactFeed
from adapters.postgres.publishing.subscriptions import PostgresSubscriptionBook
from events_core.domain.change import Cause
from events_core.domain.identity import TenantId
from events_core.ports.publishing import Publishing, TenantPublishing

__all__ = ["PostgresPublishing", "PostgresTenantPublishing"]


@frozen
class PostgresTenantPublishing:
    """``TenantPublishing`` on a database whose migrations are current."""

    _database: Database
    _tenant_id: TenantId
    _cause: Cause
    _announce: Callable[[], None]

    @property
    def subscriptions(self) -> PostgresSubscriptionBook:
        """Who is told."""
        return PostgresSubscriptionBook(self._database, self._tenant_id, self._cause)

    @property
    def dispatches(self) -> PostgresDispatchBook:
        """What came of it."""
        return PostgresDispatchBook(
            self._database, self._tenant_id, self._cause, self._announce
        )

    @property
    def feed(self) -> PostgresFactFeed:
        """The facts themselves."""
        return PostgresFactFeed(self._database, self._tenant_id)


@frozen
class PostgresPublishing:
    """``Publishing`` on a database whose migrations are current.

    ``announce`` is called when there is more to be told; it never fails.
    """

    _database: Database
    _announce: Callable[[], None] = tell_nobody

    def of(self, tenant_id: TenantId, cause: Cause) -> PostgresTenantPublishing:
        """See ``Publishing.of``."""
        return PostgresTenantPublishing(
            self._database, tenant_id, cause, self._announce
        )


def _satisfies_ports(
    publishing: PostgresPublishing, of_tenant: PostgresTenantPublishing
) -> tuple[Publishing, TenantPublishing]:
    return publishing, of_tenant
