"""The loop that takes facts from the outbox to their subscribers."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

from attrs import define, field, frozen

from adapters.outbox.client import DEADLINE
from events_core.errors import StoreUnavailable
from events_core.ports.outbox import Breaker, Delivery, Outbox, Outcome, Result

_log = logging.getLogger(__name__)

Deliver: TypeAlias = Callable[[Delivery], Awaitable[Result]]


@frozen(kw_only=True)
class Pace:
    """How much at once, and how long anything is waited for; times in seconds.

    ``room`` is what is claimed at a time, ``each`` of one subscriber, and ``at_once``
    how many requests she is sent at the same time. Results are gathered for a moment,
    while there are more to come, since what noting them costs is the commit.
    ``keep`` is how long a claim is ours. A request is begun only while it can end
    before that, with ``margin`` to spare, whatever stopped us in between.
    """

    room: int = 800
    each: int = 200
    at_once: int = 32
    poll: float = 1.0
    keep: float = 45.0
    margin: float = 5.0
    grace: float = 4.0
    gather: float = 0.02
    settle_at_once: int = 200
    after_trouble: float = 0.5


@define
class Relay:
    """Delivers facts until it is told to stop. Any number may run side by side.

    ``wake`` says that there may be something new; it need not, since the relay looks
    every ``poll`` seconds anyway. While the database cannot be reached it waits.
    """

    outbox: Outbox
    deliver: Deliver
    pace: Pace = Pace()
    breaker: Breaker = Breaker()
    _news: asyncio.Event = field(factory=asyncio.Event, init=False)
    _may_be_facts: bool = field(default=True, init=False)
    _turns: dict[UUID, asyncio.Semaphore] = field(factory=dict, init=False)
    _busy: Counter[UUID] = field(factory=Counter, init=False)
    _under_way: set[asyncio.Task[None]] = field(factory=set, init=False)
    _results: asyncio.Queue[tuple[Result, float]] = field(
        factory=asyncio.Queue, init=False
    )

    def wake(self) -> None:
        """Have a look soon. Cheap, and safe to call at any time in the loop."""
        self._may_be_facts = True
        self._news.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until ``stopping`` is set, then end what is under way.

        A request that has not ended within ``grace`` is given up and made again
        later, perhaps by another relay.
        """
        settling = asyncio.create_task(self._settle())
        stopped = asyncio.create_task(stopping.wait())
        stopped.add_done_callback(lambda _: self.wake())
        try:
            while not stopping.is_set():
                # Before the look and never after it: what is announced during the
                # look may not be seen by it.
                self._news.clear()
                try:
                    wait = await self._look()
                except StoreUnavailable:
                    _log.warning("the relay cannot reach the database")
                    wait = self.pace.after_trouble
                except Exception:  # noqa: BLE001 - nothing may end it
                    _log.exception("the relay cannot go on, and tries again")
                    wait = self.pace.poll
                if wait > 0:
                    await self._rest(wait)
        finally:
            await self._end(settling)
            stopped.cancel()

    async def _rest(self, seconds: float) -> None:
        """Wait for news; without any it is time to look for facts all the same."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            self._may_be_facts = True

    async def _look(self) -> float:
        """Do what there is to do now, and return how long there is nothing, at most."""
        moved = 0
        if self._may_be_facts:
            self._may_be_facts = False
            try:
                moved = await self.outbox.advance()
            except BaseException:
                self._may_be_facts = True
                raise
            self._may_be_facts |= moved > 0
        room = self.pace.room - len(self._under_way)
        if room <= 0:
            return self.pace.poll
        started = time.monotonic()
        claimed = await self.outbox.claim(
            room=room,
            each=self.pace.each,
            busy=self._busy,
            keep=timedelta(seconds=self.pace.keep),
        )
        for delivery in claimed:
            self._busy[delivery.subscriber.id] += 1
            task = asyncio.create_task(self._attempt(delivery, started))
            self._under_way.add(task)
        if moved or claimed:
            return 0
        due_in = await self.outbox.due_in()
        return min(self.pace.poll, due_in.total_seconds() if due_in else self.pace.poll)

    async def _attempt(self, delivery: Delivery, claimed_at: float) -> None:
        ours_until = claimed_at + self.pace.keep
        turns = self._turns.setdefault(
            delivery.subscriber.id, asyncio.Semaphore(self.pace.at_once)
        )
        # Whatever becomes of the attempt, the claim is given back.
        result = Result(delivery=delivery, outcome=None)
        try:
            async with turns:
                if time.monotonic() < ours_until - DEADLINE - self.pace.margin:
                    result = Result(
                        delivery=delivery, outcome=Outcome.AGAIN, counts=False
                    )
                    result = await self.deliver(delivery)
        except Exception:  # noqa: BLE001 - none may end the relay
            _log.exception("a delivery failed in an unforeseen way")
            after = timedelta(minutes=1)
            result = Result(
                delivery=delivery,
                outcome=Outcome.AGAIN,
                after=after,
                error="unforeseen",
                counts=False,
            )
        finally:
            if (task := asyncio.current_task()) is not None:
                self._under_way.discard(task)
            self._results.put_nowait((result, ours_until))

    async def _settle(self) -> None:
        """Note results as they come, those of a moment together."""
        while True:
            taken = [await self._results.get()]
            if self._under_way:
                await asyncio.sleep(self.pace.gather)
            while len(taken) < self.pace.settle_at_once and not self._results.empty():
                taken.append(self._results.get_nowait())
            await self._note(taken)
            for result, _ in taken:
                self._busy[result.delivery.subscriber.id] -= 1
                self._results.task_done()
            self._news.set()

    async def _note(self, taken: list[tuple[Result, float]]) -> None:
        """Note results, for as long as they are ours to note."""
        until = max(ours_until for _, ours_until in taken)
        while True:
            try:
                await self.outbox.settle([result for result, _ in taken], self.breaker)
            except StoreUnavailable:
                if time.monotonic() > until:
                    _log.warning("deliveries could not be noted and will be repeated")
                    return
                await asyncio.sleep(self.pace.after_trouble)
            else:
                return

    async def _end(self, settling: "asyncio.Task[None]") -> None:
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=self.pace.grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._results.join(), self.pace.grace / 2)
        settling.cancel()
        with suppress(asyncio.CancelledError):
            await settling
