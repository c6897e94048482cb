"""What became of what subscribers were to be told, in memory; and the facts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen

from events_core.domain.audit import Deed
from events_core.domain.facts import SubscriptionTested
from events_core.domain.identity import MessageId, TenantId
from events_core.domain.publication import Audience, told_as, told_type
from events_core.errors import FactsGone
from events_core.ports.outbox import Outcome
from events_core.ports.publishing import (
    Choice,
    DeadLetter,
    Dispatch,
    FactPage,
    FeedPlace,
    Stage,
)
from events_core.testing.queue import Buried, Enrolled, Queue, Queued, heading_of
from events_core.testing.subscriptions import MemorySubscriptionBook


@frozen
class MemoryDispatchBook:
    """``DispatchBook`` in memory."""

    _subscriptions: MemorySubscriptionBook
    _queue: Queue

    async def recent(
        self, subscription_id: UUID, *, before: int | None, limit: int
    ) -> Sequence[Dispatch]:
        """See ``DispatchBook.recent``."""
        one = self._subscriptions.enrolled(subscription_id)
        if one is None:
            return []
        told = {place: tried.queued for place, tried in one.tried.items()} | one.queue
        known = [
            self._dispatch(one, queued)
            for place, queued in sorted(told.items(), reverse=True)
            if before is None or self._position(queued) < before
        ]
        return known[:limit]

    async def dead_letters(
        self, subscription_id: UUID, choice: Choice, *, after: int, limit: int
    ) -> Sequence[DeadLetter]:
        """See ``DispatchBook.dead_letters``."""
        letters = [self._letter(dead) for dead in self._dead(subscription_id, choice)]
        return [letter for letter in letters if letter.position > after][:limit]

    async def text_of(self, subscription_id: UUID, message_id: MessageId) -> str | None:
        """See ``DispatchBook.text_of``."""
        for dead in self._dead(subscription_id, Choice(message_id=message_id)):
            return self._queue.text_of(dead.queued.fact, dead.queued.told)
        return None

    async def send_again(
        self, subscription_id: UUID, choice: Choice, *, most: int
    ) -> int:
        """See ``DispatchBook.send_again``."""
        chosen = self._dead(subscription_id, choice)[:most]
        for dead in chosen:
            one = self._queue.enrolled[subscription_id]
            queued = one.dead.pop(dead.queued.place).queued
            fresh = Queued(queued.fact, queued.told, queued.place, queued.lane)
            one.queue.setdefault(queued.place, fresh)
        if chosen:
            note = self._subscriptions.note
            await note(Deed.RETRIED, subscription_id, times=len(chosen))
        return len(chosen)

    async def send_test(
        self, subscription_id: UUID, message_id: MessageId, at: datetime
    ) -> bool:
        """See ``DispatchBook.send_test``."""
        one, facts = self._subscriptions.enrolled(subscription_id), self._queue.facts
        if one is None:
            return False
        if message_id not in {fact.message_id for fact in facts}:
            facts.append(
                SubscriptionTested(
                    message_id=message_id,
                    tenant_id=one.subscriber.managed_by,
                    occurred_at=at,
                    subscription_id=subscription_id,
                )
            )
            await self._subscriptions.note(Deed.TESTED, subscription_id)
        return True

    async def replay(
        self,
        subscription_id: UUID,
        *,
        from_position: int | None = None,
        since: datetime | None = None,
    ) -> bool:
        """See ``DispatchBook.replay``."""
        one, queue = self._subscriptions.enrolled(subscription_id), self._queue
        if one is None:
            return False
        numbered = enumerate(queue.facts[: len(queue.positions)])
        places = [
            place
            for place, fact in numbered
            if fact.tenant_id == one.subscriber.audience.tenant_id
            and (from_position or 0) <= queue.positions[fact.message_id]
            and (since is None or since <= queue.moment(queue.numbered_at[place]))
        ]
        one.place = min([one.place, *places])
        for place in [place for place in one.queue if place > one.place]:
            del one.queue[place]
        given = {"from_position": from_position, "since": since}
        names = [name for name, value in given.items() if value is not None]
        await self._subscriptions.note(Deed.REPLAYED, subscription_id, names)
        return True

    def _dead(self, subscription_id: UUID, choice: Choice) -> list[Buried]:
        one = self._subscriptions.enrolled(subscription_id)
        dead = [] if one is None else [dead for _, dead in sorted(one.dead.items())]
        return [buried for buried in dead if _fits(self._letter(buried), choice)]

    def _letter(self, dead: Buried) -> DeadLetter:
        queued = dead.queued
        return DeadLetter(
            message_id=queued.fact.message_id,
            event_type=told_type(heading_of(queued.fact), queued.told),
            position=self._position(queued),
            attempts=queued.attempts,
            died_at=self._queue.moment(dead.died_at),
            status=dead.status,
            error=dead.error,
        )

    def _dispatch(self, one: Enrolled, queued: Queued) -> Dispatch:
        tried = one.tried.get(queued.place)
        attempts = tried.attempts if tried else []
        waiting = one.queue.get(queued.place)
        stage = Stage.PENDING
        if waiting is None and queued.place in one.dead:
            stage = Stage.DEAD
        elif waiting is None and attempts[-1].outcome is Outcome.DELIVERED:
            stage = Stage.DELIVERED
        return Dispatch(
            message_id=queued.fact.message_id,
            event_type=told_type(heading_of(queued.fact), queued.told),
            position=self._position(queued),
            stage=stage,
            next_at=None if waiting is None else self._queue.moment(waiting.next_at),
            attempts=attempts[-50:],
        )

    def _position(self, queued: Queued) -> int:
        return self._queue.positions[queued.fact.message_id]


def _fits(letter: DeadLetter, choice: Choice) -> bool:
    return (
        choice.message_id in {None, letter.message_id}
        and (choice.event_types is None or letter.event_type in choice.event_types)
        and (choice.since is None or letter.died_at >= choice.since)
        and (choice.until is None or letter.died_at <= choice.until)
    )


@frozen
class MemoryFactFeed:
    """``FactFeed`` in memory, where nothing is ever gone."""

    _tenant_id: TenantId
    _queue: Queue

    async def read(
        self, audience: Audience, *, after: FeedPlace | None, limit: int
    ) -> FactPage:
        """See ``FactFeed.read``."""
        queue, head = self._queue, self._queue.heads[self._tenant_id]
        place = after or FeedPlace(0, 0)
        last, mark = place.position, place.mark
        if last > head:
            raise FactsGone
        texts: list[str] = []
        for fact in queue.facts[: len(queue.positions)]:
            position = queue.positions[fact.message_id]
            if fact.tenant_id != self._tenant_id or position < last:
                continue
            if position == last:
                if mark not in {0, FeedPlace.mark_of(fact.message_id)}:
                    raise FactsGone
                continue
            if len(texts) == limit:
                break
            last, mark = position, FeedPlace.mark_of(fact.message_id)
            told = told_as(heading_of(fact), audience)
            if told is not None:
                texts.append(queue.text_of(fact, told))
        place = FeedPlace(last, place.gone, mark)
        return FactPage(texts=texts, place=place, more=last < head)
