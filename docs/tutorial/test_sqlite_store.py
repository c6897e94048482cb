from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.tutorial.sqlite_store import SqliteStore
from events_core.testing.contracts.store import MakeStore, StoreContract


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Iterator[MakeStore]:
        store = SqliteStore.open(tmp_path / "events.sqlite")

        async def make() -> SqliteStore:
            return store

        yield make
        store.close()
