import pytest

from events_core.testing.wired import MemoryCore
from tests.seen import MakeStack, SeenContract, Stack


class TestSeenOverMemory(SeenContract):
    @pytest.fixture
    def make_stack(self) -> MakeStack:
        async def make() -> Stack:
            return Stack(MemoryCore())

        return make
