"""What every ``Clock`` and every ``IdSource`` promises.

Subclass a suite and override its factory.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest

from events_core.ports.clock import Clock, IdSource


class ClockContract:
    """A clock tells an instant."""

    @pytest.fixture
    def make_clock(self) -> Callable[[], Clock]:
        """Return a factory of the clock under test."""
        raise NotImplementedError

    def test_the_time_is_aware_and_in_utc(
        self, make_clock: Callable[[], Clock]
    ) -> None:
        assert make_clock().now().utcoffset() == timedelta(0)


class IdSourceContract:
    """Ids are new, and later ones sort after earlier ones."""

    @pytest.fixture
    def make_ids(self) -> Callable[[], IdSource]:
        """Return a factory of the source under test."""
        raise NotImplementedError

    def test_ids_are_uuids_of_version_7(self, make_ids: Callable[[], IdSource]) -> None:
        for one in _many(make_ids()):
            assert (one.version, one.variant) == (7, RFC_4122)

    def test_a_later_id_sorts_after_an_earlier_one(
        self, make_ids: Callable[[], IdSource]
    ) -> None:
        ids = _many(make_ids())
        assert all(earlier < later for earlier, later in pairwise(ids))

    def test_two_sources_never_give_the_same(
        self, make_ids: Callable[[], IdSource]
    ) -> None:
        assert not {*_many(make_ids())} & {*_many(make_ids())}

    def test_threads_that_share_a_source_get_ids_of_their_own_in_order(
        self, make_ids: Callable[[], IdSource]
    ) -> None:
        ids = make_ids()
        with ThreadPoolExecutor(4) as pool:
            series = list(pool.map(lambda _: _many(ids), range(4)))
        assert len({one for ids in series for one in ids}) == sum(map(len, series))
        for ids_of_one in series:
            assert ids_of_one == sorted(ids_of_one)


def _many(ids: IdSource) -> list[UUID]:
    return [ids.new() for _ in range(10_000)]
