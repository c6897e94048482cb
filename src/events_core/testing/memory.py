"""A store in memory that keeps every promise of ``events_core.ports.store``.

Made for tests and for trying things out: it is real about transactions, and forgets
everything with the process.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

from attrs import field, frozen

from events_core.documents import DocumentStore
from events_core.domain.identity import TenantId
from events_core.ports.documents import Documents, Key, Write

T = TypeVar("T")


@frozen
class MemoryDocuments:
    """``Documents`` in memory, as they are.

    Each is on a shelf for every way in which its key begins.
    """

    _shelves: defaultdict[tuple[object, ...], dict[Key, Any]] = field(
        factory=lambda: defaultdict(dict), init=False
    )

    async def find(
        self, tenant_id: TenantId, kind: type[T], start: Key
    ) -> dict[Key, T]:
        """See ``Documents.find``."""
        return self._shelves.get((tenant_id, kind, *start), {}).copy()

    async def write(self, tenant_id: TenantId, writes: Sequence[Write]) -> None:
        """See ``Documents.write``."""
        for one in writes:
            for parts in range(len(one.key) + 1):
                shelf = self._shelves[tenant_id, one.kind, *one.key[:parts]]
                if one.document is None:
                    shelf.pop(one.key, None)
                else:
                    shelf[one.key] = one.document


@frozen
class MemoryStore(DocumentStore):
    """``Store`` in memory, for one event loop."""

    documents: Documents = field(factory=MemoryDocuments)


def _satisfies_port(documents: MemoryDocuments) -> Documents:
    return documents
