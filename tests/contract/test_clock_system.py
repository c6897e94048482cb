import time
from collections.abc import Callable

import pytest

from adapters.system import SystemClock, TimeOrderedIds
from events_core.ports.clock import Clock, IdSource
from events_core.testing.contracts.clock import ClockContract, IdSourceContract


class TestSystemClock(ClockContract):
    @pytest.fixture
    def make_clock(self) -> Callable[[], Clock]:
        return SystemClock

    def test_it_shows_the_time_of_the_machine(self) -> None:
        before, shown, after = time.time(), SystemClock().now(), time.time()
        assert before <= shown.timestamp() <= after


class TestTimeOrderedIds(IdSourceContract):
    @pytest.fixture
    def make_ids(self) -> Callable[[], IdSource]:
        return TimeOrderedIds

    def test_an_id_tells_about_when_it_was_made(self) -> None:
        before, made, after = time.time(), TimeOrderedIds().new(), time.time()
        assert before - 0.001 <= (made.int >> 80) / 1000 <= after
