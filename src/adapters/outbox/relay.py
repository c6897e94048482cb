"""The loop that takes facts from the outbox to their subscribers."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

from attrs import define, field, frozen

from adapters.outbox.client import DEADLINE
from adapters.outbox.counts import Counts
from adapters.outbox.retries import pause_after_none
from adapters.outbox.shares import Share, Waiting
from events_core.errors import StoreUnavailable
from events_core.ports.outbox import (
    A_CLAIM,
    Breaker,
    Delivery,
    Outbox,
    Outcome,
    Result,
)

_log = logging.getLogger(__name__)

Deliver: TypeAlias = Callable[[Delivery], Awaitable[Result]]


@frozen(kw_only=True)
class Pace:
    """How much at once, and how long anything is waited for; times in seconds.

    ``room`` is what is claimed in all, ``each`` of one subscriber, and ``size`` how
    many bytes that is, but for the last of them; ``at_once`` is how many requests she
    is sent at the same time, and ``turn`` how long what is claimed for her waits to be
    sent. Results are gathered for a moment, while there are more to come, since what
    noting them costs is the commit. ``keep`` is how long a claim is ours. A request is
    begun only while it can end before that, with ``margin`` to spare, whatever stopped
    us in between.
    """

    room: int = 2000
    size: int = A_CLAIM
    each: int = 400
    at_once: int = 32
    turn: float = 1.0
    poll: float = 1.0
    keep: float = 45.0
    margin: float = 5.0
    grace: float = 4.0
    gather: float = 0.02
    settle_at_once: int = 500
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
    counts: Counts = field(factory=Counts)
    _news: asyncio.Event = field(factory=asyncio.Event, init=False)
    _may_be_facts: bool = field(default=True, init=False)
    _is_stopping: bool = field(default=False, init=False)
    _shares: dict[UUID, Share] = field(factory=dict, init=False)
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
                    self.counts.looked()
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
        for share in self._shares.values():
            self._give_back(share, waiting_since=time.monotonic() - self.pace.turn)
        moved = 0
        if self._may_be_facts:
            self._may_be_facts = False
            try:
                moved = await self.outbox.advance()
            except BaseException:
                self._may_be_facts = True
                raise
            self._may_be_facts |= moved > 0
        room = self.pace.room - sum(share.claimed for share in self._shares.values())
        size = self.pace.size - sum(share.size for share in self._shares.values())
        is_room = room > 0 and size > 0
        claimed = await self._claim(room, size) if is_room else 0
        if moved:
            return 0
        if claimed or not is_room:
            # Whoever notes what comes of it looks again.
            return self.pace.poll
        due_in = await self.outbox.due_in()
        return min(self.pace.poll, due_in.total_seconds() if due_in else self.pace.poll)

    async def _claim(self, room: int, size: int) -> int:
        """Claim what there is room for, begin to send it, and return how much it is."""
        each, ours_until = self.pace.each, time.monotonic() + self.pace.keep
        claimed = await self.outbox.claim(
            room=room,
            each=each,
            size=size,
            busy={one: each - share.room for one, share in self._shares.items()},
            keep=timedelta(seconds=self.pace.keep),
        )
        for delivery in claimed:
            share = self._shares.get(delivery.subscriber.id)
            if share is None:
                share = Share(each, self.pace.at_once, self.breaker.opens_after)
                self._shares[delivery.subscriber.id] = share
            share.take(Waiting(delivery, ours_until))
            if share.sending < share.at_once:
                share.sending += 1
                task = asyncio.create_task(self._send(share))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
        return len(claimed)

    async def _send(self, share: Share) -> None:
        """Send what waits, one after the other, until nothing does."""
        try:
            while not self._is_stopping and (waiting := share.next()):
                await self._attempt(share, waiting)
        finally:
            share.sending -= 1
            if share.is_ill:
                self._give_back(share)

    async def _attempt(self, share: Share, waiting: Waiting) -> None:
        delivery = waiting.delivery
        # Whatever becomes of the attempt, the claim is given back.
        result = Result(delivery=delivery, outcome=None)
        try:
            if time.monotonic() < waiting.ours_until - DEADLINE - self.pace.margin:
                result = Result(
                    delivery=delivery,
                    outcome=Outcome.AGAIN,
                    after=pause_after_none(delivery.subscriber.kind),
                    counts=False,
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
            share.told_of(result)
            self.counts.attempted(result)
            self._results.put_nowait((result, waiting.ours_until))

    def _give_back(self, share: Share, waiting_since: float = -math.inf) -> None:
        for waiting in share.given_back(waiting_since):
            result = Result(delivery=waiting.delivery, outcome=None)
            self._results.put_nowait((result, waiting.ours_until))

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
                whose = result.delivery.subscriber.id
                self._shares[whose].let_go(result.delivery)
                if not self._shares[whose].claimed:
                    del self._shares[whose]
                self._results.task_done()
            self._news.set()

    async def _note(self, taken: list[tuple[Result, float]]) -> None:
        """Note results, for as long as they are ours to note."""
        until = max(ours_until for _, ours_until in taken)
        while True:
            try:
                await self.outbox.settle([result for result, _ in taken], self.breaker)
            except Exception as error:  # noqa: BLE001 - nothing may end it
                if not isinstance(error, StoreUnavailable):
                    _log.exception("what came of deliveries cannot be noted")
                if time.monotonic() > until:
                    _log.warning("deliveries could not be noted and will be repeated")
                    return
                await asyncio.sleep(self.pace.after_trouble)
            else:
                return

    async def _end(self, settling: "asyncio.Task[None]") -> None:
        self._is_stopping = True
        for share in self._shares.values():
            self._give_back(share, waiting_since=math.inf)
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
