"""A whole core in memory, ready for use."""

from attrs import field, frozen

from events_core.ports.store import Store
from events_core.testing.clock import ManualClock, SequentialIds
from events_core.testing.memory import MemoryStore
from events_core.testing.people import MemoryAccess, MemoryMemberships
from events_core.testing.publishing import MemoryPublishing
from events_core.usecases.core import EventsCore


@frozen(kw_only=True)
class MemoryCore(EventsCore):
    """An ``EventsCore`` of fakes, each of which can be given or told what to say.

    Any store will do: one of your own is used through the same use cases.
    """

    store: Store = field(factory=MemoryStore)
    memberships: MemoryMemberships = field(factory=MemoryMemberships)
    access: MemoryAccess = field(factory=MemoryAccess)
    clock: ManualClock = field(factory=ManualClock)
    ids: SequentialIds = field(factory=SequentialIds)
    publishing: MemoryPublishing = field()

    @publishing.default
    def _publishing(self) -> MemoryPublishing:
        if isinstance(self.store, MemoryStore):
            return MemoryPublishing(store=self.store)
        return MemoryPublishing()
