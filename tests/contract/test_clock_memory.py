from collections.abc import Callable

import pytest

from events_core.ports.clock import Clock, IdSource
from events_core.testing.clock import ManualClock, SequentialIds
from events_core.testing.contracts.clock import ClockContract, IdSourceContract


class TestManualClock(ClockContract):
    @pytest.fixture
    def make_clock(self) -> Callable[[], Clock]:
        return ManualClock


class TestSequentialIds(IdSourceContract):
    @pytest.fixture
    def make_ids(self) -> Callable[[], IdSource]:
        return SequentialIds
