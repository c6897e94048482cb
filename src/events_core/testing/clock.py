"""Time that stands still until it is moved, and ids that can be foretold."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from secrets import randbits
from uuid import UUID

from attrs import define, field

from events_core.ports.clock import Clock, IdSource
from events_core.testing.builders import NOW


@define
class ManualClock:
    """``Clock`` that shows what it was set to."""

    _now: datetime = NOW

    def now(self) -> datetime:
        """See ``Clock.now``."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Show this instant, which is aware, from now on."""
        self._now = moment.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Show a time so much later from now on."""
        self._now += by


@define
class SequentialIds:
    """``IdSource`` that counts. Two of one ``series`` give the same ids."""

    series: int = field(factory=lambda: randbits(62))
    _numbers: Iterator[int] = field(factory=count, init=False)

    def new(self) -> UUID:
        """See ``IdSource.new``."""
        milliseconds, rest = divmod(next(self._numbers), 1 << 12)
        milliseconds += int(NOW.timestamp() * 1000)
        fields = milliseconds << 80 | 7 << 76 | rest << 64 | 2 << 62
        return UUID(int=fields | self.series)


def _satisfies_ports(clock: ManualClock, ids: SequentialIds) -> tuple[Clock, IdSource]:
    return clock, ids
