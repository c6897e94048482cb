"""Whose turn it is to change something."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import define, field

from adapters.http.errors import Overloaded
from events_core.errors import StoreUnavailable


@define
class Turns:
    """So many have a turn at one time; the others wait, first come first served.

    Were all let in at once, each would get so little of the database that none would
    end in time. Who finds, in its turn, that the database is away finds it for all
    who wait: they hear it at once, and do not come to wait for it one after another.
    """

    free: int
    patience: float
    _waiting: deque[asyncio.Future[None]] = field(factory=deque, init=False)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        """Have a turn, after at most ``patience`` seconds.

        Raises:
            Overloaded: no turn came in time; nothing was done.
            StoreUnavailable: somebody whose turn it was could not reach the store.
        """
        await self._take()
        try:
            yield
        except StoreUnavailable as found:
            self._tell(found)
            raise
        finally:
            self._pass_on()

    async def _take(self) -> None:
        if self.free:
            self.free -= 1
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            async with asyncio.timeout(self.patience):
                await mine
        except BaseException as error:
            if mine in self._waiting:
                self._waiting.remove(mine)
            elif mine.done() and not mine.cancelled() and not mine.exception():
                self._pass_on()  # it came, and there was no time left to take it
            if isinstance(error, TimeoutError):
                raise Overloaded from None
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            following = self._waiting.popleft()
            if not following.done():
                following.set_result(None)
                return
        self.free += 1

    def _tell(self, found: StoreUnavailable) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                again = StoreUnavailable(retry_after=found.retry_after)
                waiting.set_exception(again)
