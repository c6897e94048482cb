from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.tutorial.sqlite_store import SqliteDocuments
from events_core.documents import DocumentStore
from events_core.testing.contracts.documents import DocumentsContract, MakeDocuments
from events_core.testing.contracts.store import MakeStore, StoreContract


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sqlite_documents(tmp_path: Path) -> Iterator[SqliteDocuments]:
    documents = SqliteDocuments.open(tmp_path / "events.sqlite")
    yield documents
    documents.close()


class TestSqliteDocuments(DocumentsContract):
    @pytest.fixture
    def make_documents(self, sqlite_documents: SqliteDocuments) -> MakeDocuments:
        async def make() -> SqliteDocuments:
            return sqlite_documents

        return make


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def make_store(self, sqlite_documents: SqliteDocuments) -> MakeStore:
        async def make() -> DocumentStore:
            return DocumentStore(sqlite_documents)

        return make
