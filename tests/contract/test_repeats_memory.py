from collections.abc import Callable

import pytest

from events_core.ports.repeats import Repeats, Signatures
from events_core.testing.contracts.repeats import RepeatsContract, SignaturesContract
from events_core.testing.repeats import MemoryRepeats, MemorySignatures


class TestMemoryRepeats(RepeatsContract):
    @pytest.fixture
    def make_repeats(self) -> Callable[[], Repeats]:
        return MemoryRepeats


class TestMemorySignatures(SignaturesContract):
    @pytest.fixture
    def make_signatures(self) -> Callable[[], Signatures]:
        return MemorySignatures
