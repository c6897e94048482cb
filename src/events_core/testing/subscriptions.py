"""Who is told of a tenant's facts, in memory."""

from collections.abc import Collection, Sequence
from secrets import token_bytes
from uuid import UUID

from attrs import evolve, frozen

from events_core.domain.audit import Deed, of_subscription
from events_core.domain.change import Cause
from events_core.domain.identity import TenantId
from events_core.domain.publication import Audience
from events_core.domain.revision import UNSET
from events_core.errors import TooManySubscriptions
from events_core.ports.outbox import Subscriber
from events_core.ports.publishing import (
    MOST_COUNTED,
    NewTerms,
    Subscription,
    Terms,
)
from events_core.testing.memory import MemoryStore
from events_core.testing.queue import Enrolled, Queue

_MOST_SECRETS = 5


@frozen
class MemorySubscriptionBook:
    """``SubscriptionBook`` in memory."""

    _tenant_id: TenantId
    _queue: Queue
    _store: MemoryStore
    _cause: Cause

    async def add(self, subscription_id: UUID, terms: Terms, *, most: int) -> bytes:
        """See ``SubscriptionBook.add``."""
        again = await self.rotate(subscription_id)
        if again is not None:
            return again
        if len(self._all()) >= most:
            raise TooManySubscriptions(most)
        secret = token_bytes(32)
        self._queue.enrol(
            Subscriber(
                id=subscription_id,
                kind=terms.signing,
                url=terms.url,
                description=terms.description,
                secrets=(secret,),
                audience=Audience(
                    tenant_id=self._tenant_id,
                    scope=terms.scope,
                    event_types=terms.event_types,
                ),
            )
        )
        await self.note(Deed.SUBSCRIBED, subscription_id)
        return secret

    async def page(
        self, *, limit: int, offset: int
    ) -> tuple[Sequence[Subscription], int]:
        """See ``SubscriptionBook.page``."""
        found = sorted(self._all(), key=lambda one: (one.since, one.subscriber.id))
        shown = found[offset : offset + limit]
        return [self._shown(one) for one in shown], len(found)

    async def find(self, subscription_id: UUID) -> Subscription | None:
        """See ``SubscriptionBook.find``."""
        one = self.enrolled(subscription_id)
        return None if one is None else self._shown(one)

    async def change(
        self, subscription_id: UUID, terms: NewTerms
    ) -> Subscription | None:
        """See ``SubscriptionBook.change``."""
        one = self.enrolled(subscription_id)
        if one is None:
            return None
        wanted = {
            name: value
            for name in ("event_types", "scope")
            if (value := getattr(terms, name)) is not UNSET
        }
        said = {
            name: value
            for name in ("url", "description")
            if (value := getattr(terms, name)) is not UNSET
        }
        audience = evolve(one.subscriber.audience, **wanted)
        one.subscriber = evolve(one.subscriber, audience=audience, **said)
        if terms.state is not UNSET:
            one.state, one.reason = terms.state, None
        if terms.state is not UNSET or terms.url is not UNSET:
            one.start_anew()
        await self.note(Deed.SUBSCRIPTION_CHANGED, subscription_id, terms.given())
        return self._shown(one)

    async def remove(self, subscription_id: UUID) -> bool:
        """See ``SubscriptionBook.remove``."""
        if self.enrolled(subscription_id) is None:
            return False
        del self._queue.enrolled[subscription_id]
        await self.note(Deed.SUBSCRIPTION_ENDED, subscription_id)
        return True

    async def rotate(self, subscription_id: UUID) -> bytes | None:
        """See ``SubscriptionBook.rotate``."""
        one = self.enrolled(subscription_id)
        if one is None:
            return None
        secret = token_bytes(32)
        kept = (secret, *one.subscriber.secrets)[:_MOST_SECRETS]
        one.subscriber = evolve(one.subscriber, secrets=kept)
        await self.note(Deed.RESECRETED, subscription_id)
        return secret

    async def note(
        self,
        deed: Deed,
        subscription_id: UUID,
        names: Collection[str] = (),
        times: int = 1,
    ) -> None:
        """Write down what was done to a subscription."""
        entry = of_subscription(deed, subscription_id, self._cause, names, times)
        async with self._store.unit_of_work(self._tenant_id) as uow:
            await uow.audit.write(entry)
            await uow.commit()

    def enrolled(self, subscription_id: UUID) -> Enrolled | None:
        """Return one of the tenant's own."""
        one = self._queue.enrolled.get(subscription_id)
        return one if one is not None and self._is_own(one) else None

    def _all(self) -> list[Enrolled]:
        return [one for one in self._queue.enrolled.values() if self._is_own(one)]

    def _is_own(self, one: Enrolled) -> bool:
        return one.subscriber.managed_by == self._tenant_id

    def _shown(self, one: Enrolled) -> Subscription:
        subscriber, queue = one.subscriber, self._queue
        failing = one.failing_since
        return Subscription(
            id=subscriber.id,
            terms=Terms(
                url=subscriber.url,
                signing=subscriber.kind,
                description=subscriber.description,
                event_types=subscriber.audience.event_types,
                scope=subscriber.audience.scope,
            ),
            state=one.state,
            reason=one.reason,
            created_at=queue.moment(one.since),
            failing_since=None if failing is None else queue.moment(failing),
            open_until=queue.moment(one.open_until) if one.open_until else None,
            pending=min(len(one.queue), MOST_COUNTED),
            dead=min(len(one.dead), MOST_COUNTED),
        )
