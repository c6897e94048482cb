"""One attempt to deliver one fact."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import SystemRandom

from attrs import frozen

from adapters import tracing
from adapters.outbox.client import WebhookClient
from adapters.outbox.messages import ActivitySecrets, NoSecret, message_for
from adapters.outbox.retries import SCHEDULE, Verdict, judge
from adapters.tracing import PASSING_ON, Span, Trace, Tracer, current_headers
from events_core.ports.outbox import Delivery, Kind, Outcome, Result

_log = logging.getLogger(__name__)
_CHANCE = SystemRandom()


@frozen(kw_only=True)
class Delivering:
    """Signs deliveries, sends them, and tells what came of it."""

    client: WebhookClient
    activity: ActivitySecrets = ActivitySecrets()
    schedule: Sequence[float] = SCHEDULE
    tracer: Tracer = PASSING_ON
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = _CHANCE.random

    async def __call__(self, delivery: Delivery) -> Result:
        """Make one attempt; whatever goes wrong is in the result.

        It belongs to the trace of the request that made the fact.
        """
        name, trace = f"deliver {delivery.event_type}", Trace.read(*delivery.trace)
        with self.tracer.span(name, tracing.Kind.CLIENT, within=trace) as span:
            result = await self._attempt(delivery)
            _describe(span, result)
            if result.outcome in (Outcome.DEAD, Outcome.GONE):
                _log.warning(
                    "the subscription %s is not told %s any more: %s",
                    *(delivery.subscriber.id, delivery.message_id, result.error),
                )
        return result

    async def _attempt(self, delivery: Delivery) -> Result:
        if delivery.body is None:
            # Nothing was asked of the subscriber, so it says nothing of her.
            return Result(
                delivery=delivery,
                outcome=Outcome.DEAD,
                error="the event is gone, or cannot be read",
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
                activity=self.activity,
            )
        except NoSecret as missing:
            verdict = Verdict(Outcome.AGAIN, timedelta(minutes=1))
            error = f"not set: {missing}"
            subscriber = delivery.subscriber.id
            _log.warning("the subscription %s cannot be told, %s", subscriber, error)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            _log.exception("the fact %s cannot be told", delivery.message_id)
            verdict = Verdict(Outcome.DEAD, counts=False)
            error = "it cannot be put into a message"
        else:
            answer = await self.client.post(
                delivery.subscriber.url,
                {**message.headers, **current_headers()},
                message.body,
                inside=delivery.subscriber.kind is Kind.ACTIVITY,
            )
            status, error = answer.status, answer.error
            verdict = judge(
                answer,
                kind=delivery.subscriber.kind,
                attempt=delivery.attempt,
                now=self.now,
                chance=self.chance,
                schedule=self.schedule,
            )
        return Result(
            delivery=delivery,
            outcome=verdict.outcome,
            after=verdict.after,
            status=status,
            error=error,
            took=timedelta(seconds=time.monotonic() - started),
            counts=verdict.counts,
            leave_alone=verdict.leave_alone,
        )


def _describe(span: Span, result: Result) -> None:
    delivery = result.delivery
    span.note("messaging.message.id", delivery.message_id)
    span.note("events_core.subscription", delivery.subscriber.id)
    span.note("events_core.attempt", delivery.attempt)
    if result.status is not None:
        span.note("http.response.status_code", result.status)
    if result.outcome is not None:
        span.note("events_core.outcome", result.outcome.value)
    if result.outcome is not Outcome.DELIVERED:
        span.fail(result.error or "not delivered")
