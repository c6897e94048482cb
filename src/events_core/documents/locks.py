"""Rows that are held until a unit of work ends, and the others who wait for them."""

import asyncio
from collections import deque
from collections.abc import Hashable

from attrs import define, field

from events_core.errors import ConcurrentChange


@define(eq=False)
class _Turn:
    holder: object
    has_come: asyncio.Event = field(factory=asyncio.Event, init=False)


@define
class Locks:
    """Who holds which row, and who waits for which; first come, first served.

    A line stands before each row that anybody holds, and its first one holds it.
    """

    _lines: dict[Hashable, deque[_Turn]] = field(factory=dict, init=False)
    _wanted: dict[object, Hashable] = field(factory=dict, init=False)

    async def hold(self, row: Hashable, holder: object) -> None:
        """Hold the row for the holder, who waits while somebody else holds it.

        What she holds already, she holds. Cancelled while waiting, she does not.

        Raises:
            ConcurrentChange: those who hold it wait for what she holds, so that
                all would wait for ever.
        """
        if self.is_held(row, holder):
            return
        if self._waits_for(holder, row):
            raise ConcurrentChange
        turn = _Turn(holder)
        line = self._lines.setdefault(row, deque())
        line.append(turn)
        if line[0] is turn:
            return
        self._wanted[holder] = row
        try:
            await turn.has_come.wait()
        except asyncio.CancelledError:
            self._wanted.pop(holder, None)
            self._leave(row, turn)
            raise

    def is_held(self, row: Hashable, holder: object) -> bool:
        """Tell whether it is this holder who holds the row."""
        return self._holder_of(row) is holder

    def release(self, holder: object) -> None:
        """Let go of all that the holder holds."""
        for row, line in [*self._lines.items()]:
            if line[0].holder is holder:
                self._leave(row, line[0])

    def _leave(self, row: Hashable, turn: _Turn) -> None:
        line = self._lines[row]
        had_it = line[0] is turn
        line.remove(turn)
        if not line:
            del self._lines[row]
        elif had_it:
            line[0].has_come.set()
            del self._wanted[line[0].holder]

    def _holder_of(self, row: Hashable) -> object | None:
        return self._lines[row][0].holder if row in self._lines else None

    def _waits_for(self, holder: object, row: Hashable) -> bool:
        """Tell whether whoever holds the row waits, in the end, for the holder."""
        while (other := self._holder_of(row)) in self._wanted:
            row = self._wanted[other]
            if self.is_held(row, holder):
                return True
        return False
