"""Requests that arrive again: done once, answered as often as asked.

By request id a repeat is the very same request within ten minutes; by idempotency
key, on a POST, whatever comes under that key within a day.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from attrs import define, field, frozen

from adapters.http.edge.arrival import Arrival, as_text
from adapters.http.edge.context import SignedContext, digest
from adapters.http.edge.routing import Match
from adapters.http.errors import (
    IdempotencyInProgress,
    IdempotencyKeyReused,
    Malformed,
)
from adapters.http.handling import Answer, Call
from adapters.http.settings import Limits
from events_core.ports.clock import Clock, IdSource
from events_core.ports.repeats import (
    AlreadyDone,
    Claimed,
    KeptAnswer,
    RepeatKey,
    Repeats,
)

BY_REQUEST_ID = timedelta(minutes=10)
BY_KEY = timedelta(hours=24)
LONGEST_KEY = 255

#: How long an answer waits for its own keeping, in seconds. It is done either way.
SETTLING = 0.4

_CONTENT_TYPE = "Content-Type"

_log = structlog.get_logger(__name__)


@frozen
class Asked:
    """What makes a request the same as another one, and for how long."""

    key: RepeatKey
    fingerprint: bytes
    keep_for: timedelta


def asked(
    match: Match,
    arrival: Arrival,
    context: SignedContext,
    parsed: Any,  # noqa: ANN401
) -> Asked:
    """Tell what request this is. The path counts as what it means, not as spelled.

    Raises:
        Malformed: the idempotency key is empty, too long, or there are two.
    """
    actor, operation = context.actor, match.operation
    what = digest(
        operation.operation_id.encode(),
        *(value.lower().encode() for value in match.params.values()),
        arrival.query,
        context.body,
    )
    named = idempotency_key(arrival, parsed) if operation.method == "POST" else None
    if named is None:
        same = digest(b"request id", actor.request_id.encode(), what)
    else:
        same = digest(b"key", named.encode())
    return Asked(
        RepeatKey(actor.tenant_id, actor.user_id, same),
        fingerprint=what,
        keep_for=BY_REQUEST_ID if named is None else BY_KEY,
    )


def idempotency_key(arrival: Arrival, parsed: Any) -> str | None:  # noqa: ANN401
    """Return the key of the header or the body; None where there is neither.

    Raises:
        Malformed: it is empty or too long, or header and body differ.
    """
    stated = parsed.get("idempotencyKey") if isinstance(parsed, dict) else None
    keys = {stated} if isinstance(stated, str) else set()
    if "idempotency-key" in arrival.headers:
        keys.add(as_text(arrival.header("Idempotency-Key")))
    if len(keys) > 1:
        raise Malformed("Idempotency-Key", "header and body differ")
    for key in keys:
        if not 1 <= len(key) <= LONGEST_KEY:
            raise Malformed(
                "Idempotency-Key", f"must have 1 to {LONGEST_KEY} characters"
            )
        return key
    return None


@define
class Once:
    """Does a request that changes something once, and remembers how it ended."""

    _repeats: Repeats
    _clock: Clock
    _ids: IdSource
    _limits: Limits
    _settling: set[asyncio.Task[None]] = field(factory=set, init=False)

    async def answer(
        self,
        asked: Asked,
        match: Match,
        call: Callable[[UUID], Call],
        *,
        may_wait: Callable[[], None],
    ) -> tuple[Answer, bool]:
        """Return the answer, and whether it is the kept one of an earlier request.

        ``call`` makes the call for a seed. ``may_wait`` is told before the first wait
        for somebody else, so that the deadline can be put off.

        Raises:
            IdempotencyInProgress: the first is still at work after all the patience.
            IdempotencyKeyReused: the key came with another request.
            StoreUnavailable: nobody can tell; nothing was done.
            Whatever the handler raises; then, or cancelled, the claim is given back.
        """
        outcome = await self._claim(asked, may_wait)
        operation = match.operation
        if isinstance(outcome, AlreadyDone):
            if operation.may_repeat is not None:
                await operation.may_repeat(call(self._ids.new()))
            return _replayed(outcome.answer), True
        try:
            answer = await operation.handler(call(outcome.seed))
        except Exception:
            await self._settle(self._repeats.release(asked.key))
            raise
        except BaseException:
            self._start(self._repeats.release(asked.key))
            raise
        if operation.is_kept and _is_kept(answer, self._limits):
            await self._settle(self._repeats.keep(asked.key, _kept(answer)))
        else:
            await self._settle(self._repeats.release(asked.key))
        return answer, False

    async def close(self) -> None:
        """Wait a moment for what is still being given back or kept."""
        if self._settling:
            await asyncio.wait(self._settling, timeout=SETTLING)

    async def _claim(
        self, asked: Asked, may_wait: Callable[[], None]
    ) -> Claimed | AlreadyDone:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._limits.patience
        pause = 0.0
        while True:
            outcome = await self._repeats.claim(
                asked.key,
                asked.fingerprint,
                seed=self._ids.new(),
                now=self._clock.now(),
                keep_for=asked.keep_for,
            )
            if isinstance(outcome, Claimed):
                return outcome
            if outcome.fingerprint != asked.fingerprint:
                raise IdempotencyKeyReused
            if isinstance(outcome, AlreadyDone):
                return outcome
            if not pause:
                may_wait()
            pause = min(pause * 1.5 + 0.02, 0.3)
            if loop.time() + pause > give_up:
                raise IdempotencyInProgress
            await asyncio.sleep(pause)

    async def _settle(self, work: Coroutine[Any, Any, None]) -> None:
        await asyncio.wait({self._start(work)}, timeout=SETTLING)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        # Of its own, so that it ends even if the request is being cancelled.
        task = asyncio.create_task(_logged(work))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        return task


async def _logged(work: Awaitable[None]) -> None:
    # A claim that is neither kept nor given back ends by itself.
    try:
        await work
    except Exception:  # noqa: BLE001 - the answer is out; all that is left is to tell
        _log.warning("claim not settled", exc_info=True)


def _is_kept(answer: Answer, limits: Limits) -> bool:
    return 200 <= answer.status < 300 and len(answer.body) <= limits.kept_answer


def _kept(answer: Answer) -> KeptAnswer:
    headers = answer.headers
    if answer.media_type is not None:
        headers = (*headers, (_CONTENT_TYPE, answer.media_type))
    return KeptAnswer(answer.status, headers, answer.body)


def _replayed(kept: KeptAnswer) -> Answer:
    headers = [pair for pair in kept.headers if pair[0] != _CONTENT_TYPE]
    media_types = [value for name, value in kept.headers if name == _CONTENT_TYPE]
    return Answer(
        kept.status,
        kept.body,
        media_types[0] if media_types else None,
        (*headers, ("Idempotency-Replayed", "true")),
    )
