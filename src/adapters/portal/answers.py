"""Answers that are kept for a while, and questions asked once for all who wait."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Generic, TypeVar

from attrs import define, field, frozen, validators

from adapters.readings import Reading

Key = TypeVar("Key")
Answer = TypeVar("Answer")


@frozen
class CachePolicy:
    """How long answers are kept, in seconds, and how many at most.

    Zero seconds keep nothing. Of too many, those longest unused are forgotten.
    """

    yes_seconds: float = field(default=30.0, validator=validators.ge(0))
    no_seconds: float = field(default=5.0, validator=validators.ge(0))
    capacity: int = field(default=50_000, validator=validators.ge(0))


@frozen
class _Kept(Generic[Answer]):
    answer: Answer
    until: float


@define(eq=False)
class _Flight(Generic[Answer]):
    """A question under way, and how many wait for its answer."""

    task: "asyncio.Task[Answer | None]"
    waiting: int = 0


class SharedAnswers(Generic[Key, Answer]):
    """What one authority said, by question.

    Whoever asks what somebody is asking already waits for the same answer. A question
    is dropped when nobody waits for it any more, and only then. For one event loop.
    """

    def __init__(
        self,
        policy: CachePolicy,
        *,
        is_yes: Callable[[Answer], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._is_yes = is_yes
        self._monotonic = monotonic
        self._kept: OrderedDict[Key, _Kept[Answer]] = OrderedDict()
        self._flights: dict[Key, _Flight[Answer]] = {}
        self._hits = self._misses = 0

    def readings(self, cache: str) -> Iterator[Reading]:
        """Tell how full it is, and what it was good for, under a name."""
        of_it, size = {"cache": cache}, self._policy.capacity
        known = "Questions whose answer was remembered."
        yield Reading("cache_hits", known, self._hits, of_it, is_counter=True)
        asked = "Questions a neighbour was asked, or was being asked already."
        yield Reading("cache_misses", asked, self._misses, of_it, is_counter=True)
        yield Reading("cache_entries", "Answers remembered.", len(self._kept), of_it)
        yield Reading("cache_capacity", "How many may be remembered.", size, of_it)

    async def collect(
        self,
        keys: Iterable[Key],
        ask: Callable[[Key], Awaitable[Answer | None]],
        *,
        within: float,
        at_most: int | None = None,
    ) -> dict[Key, Answer]:
        """Return the answers known, or given within so many seconds.

        ``ask`` returns None where there is no answer; that is never kept. What is
        not known is asked all at once, the first ``at_most`` of it. A key without
        an answer is not in the result.
        """
        told: dict[Key, Answer] = {}
        unknown: list[Key] = []
        now = self._monotonic()
        for key in dict.fromkeys(keys):
            kept = self._kept.get(key)
            if kept is None or now >= kept.until:
                unknown.append(key)
            else:
                self._kept.move_to_end(key)
                told[key] = kept.answer
        self._hits += len(told)
        self._misses += len(unknown)
        boarded = {key: self._board(key, ask) for key in unknown[:at_most]}
        if not boarded:
            return told
        try:
            tasks = [flight.task for flight in boarded.values()]
            await asyncio.wait(tasks, timeout=within)
            for key, flight in boarded.items():
                if flight.task.done() and not flight.task.cancelled():
                    answer = flight.task.result()
                    if answer is not None:
                        told[key] = answer
        finally:
            for key, flight in boarded.items():
                self._leave(key, flight)
        return told

    def _keep(self, key: Key, answer: Answer, *, asked_at: float) -> None:
        yes = self._is_yes(answer)
        lifetime = self._policy.yes_seconds if yes else self._policy.no_seconds
        self._kept[key] = _Kept(answer, asked_at + lifetime)
        self._kept.move_to_end(key)
        while len(self._kept) > self._policy.capacity:
            self._kept.popitem(last=False)

    def _board(
        self, key: Key, ask: Callable[[Key], Awaitable[Answer | None]]
    ) -> _Flight[Answer]:
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.create_task(self._fly(key, ask)))
            self._flights[key] = flight
            # Landed, it is no more to be boarded: its answer is kept, or is none.
            flight.task.add_done_callback(lambda _: self._forget(key, flight))
        flight.waiting += 1
        return flight

    async def _fly(
        self, key: Key, ask: Callable[[Key], Awaitable[Answer | None]]
    ) -> Answer | None:
        # The age counts from the asking: what changes meanwhile may be missed.
        asked_at = self._monotonic()
        answer = await ask(key)
        if answer is not None:
            self._keep(key, answer, asked_at=asked_at)
        return answer

    def _leave(self, key: Key, flight: _Flight[Answer]) -> None:
        flight.waiting -= 1
        if flight.waiting == 0:
            flight.task.cancel()
            self._forget(key, flight)

    def _forget(self, key: Key, flight: _Flight[Answer]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
