"""The time and the ids of this machine: the ports that ask nobody else."""

import threading
import time
from datetime import UTC, datetime
from secrets import randbits
from uuid import UUID

from attrs import define, field, frozen

from events_core.ports.clock import Clock, IdSource

_COUNTER_BITS = 12


@frozen
class SystemClock:
    """``Clock`` that shows the time of this machine."""

    def now(self) -> datetime:
        """See ``Clock.now``."""
        return datetime.now(UTC)


@define
class TimeOrderedIds:
    """``IdSource`` of UUIDs of version 7 (RFC 9562, 5.7), for all threads.

    Within a millisecond a counter keeps the order (6.2, method 1). When it is full,
    or the clock goes back, the time in the ids runs a little ahead of the clock's.
    """

    _milliseconds: int = field(default=0, init=False)
    _counter: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def new(self) -> UUID:
        """See ``IdSource.new``."""
        chance = randbits(62)
        present = time.time_ns() // 1_000_000
        with self._lock:
            self._counter += 1
            if present > self._milliseconds:
                self._begin(present)
            elif self._counter >> _COUNTER_BITS:
                self._begin(self._milliseconds + 1)
            milliseconds, counter = self._milliseconds, self._counter
        return UUID(int=milliseconds << 80 | 7 << 76 | counter << 64 | 2 << 62 | chance)

    def _begin(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds
        # Its top bit is left free, so that there is room to count up.
        self._counter = randbits(_COUNTER_BITS - 1)


def _satisfies_ports(clock: SystemClock, ids: TimeOrderedIds) -> tuple[Clock, IdSource]:
    return clock, ids
