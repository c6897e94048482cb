"""One signed request, step by step: from a path and some bytes to an answer."""

import asyncio
from collections.abc import Callable, Iterable
from uuid import UUID

import structlog

from adapters.http.edge.answering import send_answer
from adapters.http.edge.arrival import Arrival, Body, Receive, Scope, Send, as_text
from adapters.http.edge.captures import Captures
from adapters.http.edge.context import SignedContext, signed_context
from adapters.http.edge.once import Once, asked
from adapters.http.edge.routing import Match, RouteTable
from adapters.http.edge.turns import Turns
from adapters.http.edge.visit import Visit
from adapters.http.errors import (
    DeadlineExceeded,
    Overloaded,
    UnsupportedMediaType,
)
from adapters.http.handling import Answer, Call, Contract, Hear, Operation
from adapters.http.metrics import Metrics
from adapters.http.settings import HttpSettings
from adapters.readings import Reading
from events_core.ports.repeats import Repeats, Signatures
from events_core.usecases.core import EventsCore

_log = structlog.get_logger(__name__)

#: What is left of the patience of whoever called when a wait is over, in seconds.
AFTER_WAITING = 1.5


class Exchange:
    """The ASGI application behind every path that needs a signature.

    Raises what goes wrong; the outermost layer makes an answer of it.
    """

    def __init__(
        self,
        core: EventsCore,
        *,
        operations: Iterable[Operation],
        contract: Contract,
        repeats: Repeats,
        signatures: Signatures,
        hear: Hear,
        settings: HttpSettings,
        metrics: Metrics,
    ) -> None:
        self._core = core
        self._table = RouteTable(operations)
        self._contract = contract
        self._settings = settings
        self._limits = settings.limits
        self._metrics = metrics
        self._captures = Captures(signatures, limit=settings.limits.captures)
        self._hear = hear
        self._once = Once(repeats, core.clock, core.ids, settings.limits)
        self._in_flight = 0
        self._turns = Turns(settings.limits.changes, settings.limits.turn)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        visit, arrival = Visit.of(scope), Arrival.of(scope)
        match = self._table.find(arrival.method, arrival.path)
        visit.operation = match.operation.operation_id
        visit.route = f"/api/v1{match.operation.path}"
        if self._in_flight >= self._limits.in_flight:
            raise Overloaded
        limit = match.operation.body_limit or self._limits.body
        body = Body(receive, arrival, limit, self._limits.arrival)
        self._in_flight += 1
        try:
            answer = await self._answer(visit, arrival, match, body)
        finally:
            self._in_flight -= 1
            visit.must_close = body.has_no_end
        await send_answer(answer, send)

    def readings(self) -> Iterable[Reading]:
        """Tell how much of what is limited is in use."""
        yield Reading(
            "http_requests_in_flight",
            "Signed requests at work now.",
            self._in_flight,
        )
        yield Reading(
            "http_requests_in_flight_limit",
            "How many may be; beyond it requests are answered 503 OVERLOADED.",
            self._limits.in_flight,
        )
        yield Reading(
            "captured_signatures",
            "Signatures of reading requests this process remembers.",
            self._captures.remembered,
        )

    async def close(self) -> None:
        """Wait a moment for what is still being remembered."""
        await self._once.close()

    async def _answer(
        self, visit: Visit, arrival: Arrival, match: Match, body: Body
    ) -> Answer:
        body.check_announced()
        context = await signed_context(
            arrival,
            body.read,
            secrets=self._settings.secrets,
            now=self._core.clock.now(),
        )
        actor = context.actor
        structlog.contextvars.bind_contextvars(
            tenant=str(actor.tenant_id), user=str(actor.user_id)
        )
        if actor.flags.system_admin:
            _log.info("system admin")
        self._metrics.signed_with(context.secret)
        arrived = asyncio.get_running_loop().time()
        if not match.operation.changes:
            return await self._in_time(visit, arrival, match, context, arrived)
        async with self._turns.turn():
            return await self._in_time(visit, arrival, match, context, arrived)

    async def _in_time(
        self,
        visit: Visit,
        arrival: Arrival,
        match: Match,
        context: SignedContext,
        arrived: float,
    ) -> Answer:
        try:
            async with asyncio.timeout(self._limits.deadline) as deadline:

                def may_wait() -> None:
                    patience = self._limits.patience + AFTER_WAITING
                    deadline.reschedule(arrived + patience)

                return await self._done(visit, arrival, match, context, may_wait)
        except TimeoutError:
            if deadline.expired():
                raise DeadlineExceeded from None
            raise

    async def _done(
        self,
        visit: Visit,
        arrival: Arrival,
        match: Match,
        context: SignedContext,
        may_wait: Callable[[], None],
    ) -> Answer:
        operation = match.operation
        await self._captures.check(
            context, changes=operation.changes, now=self._core.clock.now()
        )
        if operation.changes:
            await self._hear(context.actor)
        match.check_params()
        _check_media_type(operation, arrival, context.body)
        query, parsed = self._contract.check(
            operation.operation_id, arrival.query, context.body
        )

        def call(seed: UUID) -> Call:
            return Call(
                core=self._core,
                actor=context.actor,
                operation_id=operation.operation_id,
                path_params=match.params,
                query=query,
                body=parsed,
                headers=arrival.texts(),
                seed=seed,
            )

        if operation.may_repeat is None:
            return await operation.handler(call(self._core.ids.new()))
        what = asked(match, arrival, context, parsed)
        answer, visit.replayed = await self._once.answer(
            what, match, call, may_wait=may_wait
        )
        return answer


def _check_media_type(operation: Operation, arrival: Arrival, body: bytes) -> None:
    if not body or "content-type" not in arrival.headers:
        return
    stated = as_text(arrival.header("Content-Type")).partition(";")[0].strip().lower()
    if stated not in operation.takes:
        raise UnsupportedMediaType(tuple(sorted(operation.takes)))
