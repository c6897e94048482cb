import pytest

from events_core.ports.documents import Documents
from events_core.testing.contracts.documents import DocumentsContract, MakeDocuments
from events_core.testing.memory import MemoryDocuments


class TestMemoryDocuments(DocumentsContract):
    @pytest.fixture
    def make_documents(self) -> MakeDocuments:
        async def make() -> Documents:
            return MemoryDocuments()

        return make
