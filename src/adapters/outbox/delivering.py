"""One attempt to deliver one fact."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from uuid import uuid4

from attrs import field, frozen

from adapters.outbox.client import WebhookClient
from adapters.outbox.messages import ActivitySecrets, NoSecret, message_for
from adapters.outbox.retries import SCHEDULE, Verdict, judge
from events_core.ports.outbox import Delivery, Outcome, Result


def _chance() -> float:
    return SystemRandom().random()


@frozen(kw_only=True)
class Delivering:
    """Signs deliveries, sends them, and tells what came of it."""

    client: WebhookClient
    activity: ActivitySecrets = ActivitySecrets()
    schedule: Sequence[float] = SCHEDULE
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = field(default=_chance)

    async def __call__(self, delivery: Delivery) -> Result:
        """Make one attempt; whatever goes wrong is in the result."""
        if delivery.body is None:
            # Nothing was asked of the subscriber, so it says nothing of her.
            return Result(
                delivery=delivery,
                outcome=Outcome.DEAD,
                error="the event is gone",
                counts=False,
            )
        started = time.monotonic()
        status: int | None = None
        error: str | None
        try:
            message = message_for(
                delivery,
                delivery.body,
                timestamp=int(self.now()),
                request_id=str(uuid4()),
                activity=self.activity,
            )
        except NoSecret as missing:
            verdict = Verdict(Outcome.AGAIN, timedelta(minutes=1))
            error = f"not set: {missing}"
        else:
            answer = await self.client.post(
                delivery.subscriber.url, message.headers, message.body
            )
            status, error = answer.status, answer.error
            verdict = judge(
                answer,
                kind=delivery.subscriber.kind,
                attempt=delivery.attempt,
                now=datetime.fromtimestamp(self.now(), UTC),
                chance=self.chance(),
                schedule=self.schedule,
            )
        return Result(
            delivery=delivery,
            outcome=verdict.outcome,
            after=verdict.after,
            status=status,
            error=error,
            took=timedelta(seconds=time.monotonic() - started),
            # An answer that a message will never be accepted comes from the well.
            counts=verdict.outcome is not Outcome.DEAD or status is None,
        )
