"""Rows that are held until a transaction ends, and the others who wait for them."""

import asyncio
from collections import defaultdict
from collections.abc import Hashable

from attrs import define, field

from events_core.errors import ConcurrentChange


@define
class Locks:
    """Who holds which row, and who waits for which; first come, first served."""

    _locks: defaultdict[Hashable, asyncio.Lock] = field(
        factory=lambda: defaultdict(asyncio.Lock), init=False
    )
    _holders: dict[Hashable, object] = field(factory=dict, init=False)
    _wanted: dict[object, Hashable] = field(factory=dict, init=False)

    async def hold(self, row: Hashable, holder: object) -> None:
        """Hold the row for the holder, who waits while somebody else holds it.

        What she holds already, she holds. Cancelled while waiting, she does not.

        Raises:
            ConcurrentChange: those who hold it wait for what she holds, so that
                all would wait for ever.
        """
        if self._holders.get(row) is holder:
            return
        if self._waits_for(holder, row):
            raise ConcurrentChange
        self._wanted[holder] = row
        try:
            await self._locks[row].acquire()
        finally:
            del self._wanted[holder]
        self._holders[row] = holder

    def is_held(self, row: Hashable, holder: object) -> bool:
        """Tell whether it is this holder who holds the row."""
        return self._holders.get(row) is holder

    def release(self, holder: object) -> None:
        """Let go of all that the holder holds."""
        for row in [row for row, who in self._holders.items() if who is holder]:
            del self._holders[row]
            self._locks[row].release()

    def _waits_for(self, holder: object, row: Hashable) -> bool:
        """Tell whether whoever holds the row waits, in the end, for the holder."""
        while (other := self._holders.get(row)) is not None and other in self._wanted:
            row = self._wanted[other]
            if self._holders.get(row) is holder:
                return True
        return False
