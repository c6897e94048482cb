"""Answers that are kept for a while, and questions asked once for all who wait.

They are kept asker by asker: one who looks through a list asks a hundred at once.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from attrs import define, field, frozen, validators

from adapters.readings import Reading

Asker = TypeVar("Asker")
Question = TypeVar("Question")
Answer = TypeVar("Answer")


@frozen
class CachePolicy:
    """How long answers are kept, in seconds, and how many at most.

    Zero seconds keep nothing. Of too many, those are forgotten whose asker has not
    asked for longest, of hers the oldest first.
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


class SharedAnswers(Generic[Asker, Question, Answer]):
    """What one authority said, by who asked and what; nobody is told another's.

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
        self._kept: OrderedDict[Asker, OrderedDict[Question, _Kept[Answer]]]
        self._kept = OrderedDict()
        self._flights: dict[tuple[Asker, Question], _Flight[Answer]] = {}
        self._hits = self._misses = self._entries = 0

    def readings(self, cache: str) -> Iterator[Reading]:
        """Tell how full it is, and what it was good for, under a name."""
        of_it, size = {"cache": cache}, self._policy.capacity
        known = "Questions whose answer was remembered."
        yield Reading("cache_hits", known, self._hits, of_it, is_counter=True)
        asked = "Questions a neighbour was asked, or was being asked already."
        yield Reading("cache_misses", asked, self._misses, of_it, is_counter=True)
        yield Reading("cache_entries", "Answers remembered.", self._entries, of_it)
        yield Reading("cache_capacity", "How many may be remembered.", size, of_it)

    async def collect(
        self,
        asker: Asker,
        questions: Iterable[Question],
        ask: Callable[[Question], Awaitable[Answer | None]],
        *,
        within: float,
        at_most: int | None = None,
    ) -> dict[Question, Answer]:
        """Return the answers known, or given within so many seconds.

        ``ask`` returns None where there is no answer; that is never kept. What is
        not known is asked all at once, the first ``at_most`` of it. A question
        without an answer is not in the result.
        """
        told: dict[Question, Answer] = {}
        unknown: list[Question] = []
        now, kept = self._monotonic(), self._of(asker)
        for question in dict.fromkeys(questions):
            known = kept.get(question)
            if known is None or now >= known.until:
                unknown.append(question)
            else:
                told[question] = known.answer
        self._hits += len(told)
        self._misses += len(unknown)
        boarded = {one: self._board(asker, one, ask) for one in unknown[:at_most]}
        if not boarded:
            return told
        try:
            tasks = [flight.task for flight in boarded.values()]
            await asyncio.wait(tasks, timeout=within)
            for question, flight in boarded.items():
                if flight.task.done() and not flight.task.cancelled():
                    answer = flight.task.result()
                    if answer is not None:
                        told[question] = answer
        finally:
            for question, flight in boarded.items():
                self._leave((asker, question), flight)
        return told

    def _of(self, asker: Asker) -> Mapping[Question, _Kept[Answer]]:
        """Return what is kept for somebody who asks now."""
        kept = self._kept.get(asker)
        if kept is None:
            return {}
        self._kept.move_to_end(asker)
        return kept

    def _keep(
        self, asker: Asker, question: Question, answer: Answer, *, asked_at: float
    ) -> None:
        yes = self._is_yes(answer)
        lifetime = self._policy.yes_seconds if yes else self._policy.no_seconds
        kept = self._kept.setdefault(asker, OrderedDict())
        self._entries += question not in kept
        kept[question] = _Kept(answer, asked_at + lifetime)
        kept.move_to_end(question)
        self._kept.move_to_end(asker)
        while self._entries > self._policy.capacity:
            self._forget_one()

    def _forget_one(self) -> None:
        asker, kept = next(iter(self._kept.items()))
        kept.popitem(last=False)
        self._entries -= 1
        if not kept:
            del self._kept[asker]

    def _board(
        self,
        asker: Asker,
        question: Question,
        ask: Callable[[Question], Awaitable[Answer | None]],
    ) -> _Flight[Answer]:
        key = asker, question
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.create_task(self._fly(asker, question, ask)))
            self._flights[key] = flight
            # Landed, it is no more to be boarded: its answer is kept, or is none.
            flight.task.add_done_callback(lambda _: self._drop(key, flight))
        flight.waiting += 1
        return flight

    async def _fly(
        self,
        asker: Asker,
        question: Question,
        ask: Callable[[Question], Awaitable[Answer | None]],
    ) -> Answer | None:
        # The age counts from the asking: what changes meanwhile may be missed.
        asked_at = self._monotonic()
        answer = await ask(question)
        if answer is not None:
            self._keep(asker, question, answer, asked_at=asked_at)
        return answer

    def _leave(self, key: tuple[Asker, Question], flight: _Flight[Answer]) -> None:
        flight.waiting -= 1
        if flight.waiting == 0:
            flight.task.cancel()
            self._drop(key, flight)

    def _drop(self, key: tuple[Asker, Question], flight: _Flight[Answer]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
