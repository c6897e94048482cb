import pytest

from events_core.ports.store import Store
from events_core.testing.contracts.store import MakeStore, StoreContract
from events_core.testing.memory import MemoryStore


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        async def make() -> Store:
            return MemoryStore()

        return make
