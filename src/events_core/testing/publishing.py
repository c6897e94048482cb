"""How facts leave, in memory: beside a ``MemoryOutbox``, on the same queue."""

from attrs import field, frozen

from events_core.domain.change import Cause
from events_core.domain.identity import TenantId
from events_core.ports.publishing import (
    DispatchBook,
    FactFeed,
    Publishing,
    SubscriptionBook,
    TenantPublishing,
)
from events_core.testing.dispatches import MemoryDispatchBook, MemoryFactFeed
from events_core.testing.memory import MemoryStore
from events_core.testing.queue import Queue
from events_core.testing.subscriptions import MemorySubscriptionBook


@frozen
class MemoryTenantPublishing:
    """``TenantPublishing`` in memory."""

    _tenant_id: TenantId
    _queue: Queue
    _store: MemoryStore
    _cause: Cause

    @property
    def subscriptions(self) -> MemorySubscriptionBook:
        """Who is told."""
        return MemorySubscriptionBook(
            self._tenant_id, self._queue, self._store, self._cause
        )

    @property
    def dispatches(self) -> MemoryDispatchBook:
        """What came of it."""
        return MemoryDispatchBook(self.subscriptions, self._queue)

    @property
    def feed(self) -> MemoryFactFeed:
        """The facts themselves."""
        return MemoryFactFeed(self._tenant_id, self._queue)


@frozen
class MemoryPublishing:
    """``Publishing`` in memory, of what a ``MemoryOutbox`` on the same queue tells.

    ``store`` has the audit trail of what is changed through it.
    """

    queue: Queue = field(factory=Queue)
    store: MemoryStore = field(factory=MemoryStore)

    def of(self, tenant_id: TenantId, cause: Cause) -> MemoryTenantPublishing:
        """See ``Publishing.of``."""
        return MemoryTenantPublishing(tenant_id, self.queue, self.store, cause)


def _satisfies_ports(
    publishing: MemoryPublishing,
    of_tenant: MemoryTenantPublishing,
    subscriptions: MemorySubscriptionBook,
    dispatches: MemoryDispatchBook,
    feed: MemoryFactFeed,
) -> tuple[Publishing, TenantPublishing, SubscriptionBook, DispatchBook, FactFeed]:
    return publishing, of_tenant, subscriptions, dispatches, feed
