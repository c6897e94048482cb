"""Spans recorded by OpenTelemetry, and sent to a collector by OTLP over HTTP.

They wait in a bounded queue and are sent by a thread of its own. When the collector
is slow or dead, spans are lost, and nothing else: no request waits for it, and the
end of the process for a moment only. Needs the extra ``otel``.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import metadata
from uuid import UUID, uuid4

from attrs import define, field, frozen
from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.util.re import parse_env_headers

from adapters import tracing
from adapters.readings import Reading
from adapters.tracing import During, Kind, Span, Trace, Tracer

#: How many spans may wait to be sent; more are dropped.
QUEUE = 4096

#: In seconds: what one request to the collector may take, how long spans wait for
#: others to go with them, and how long the end of the process waits for the last.
CALL = 5.0
GATHER = 1.0
PARTING = 1.0

_KINDS = {
    Kind.SERVER: api.SpanKind.SERVER,
    Kind.CLIENT: api.SpanKind.CLIENT,
    Kind.INTERNAL: api.SpanKind.INTERNAL,
}


@contextmanager
def recording(
    endpoint: str, *, headers: str = "", service: str, share: float
) -> Iterator["OtelTracer"]:
    """Record spans while the block runs, and send them to the collector.

    ``endpoint`` is the collector's address, without ``/v1/traces``; ``headers`` go
    with every request to it, as ``name=value`` with commas between them. ``share`` of
    the traces that begin here are recorded, 0 to 1; of others those that whoever
    came before us recorded, too.
    """
    exporter = _Counting(
        OTLPSpanExporter(
            f"{endpoint}/v1/traces",
            headers=parse_env_headers(headers, liberal=True),
            timeout=CALL,
        )
    )
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(share)),
        resource=Resource.create(
            {
                "service.name": service,
                "service.version": metadata.version("events-core"),
                "service.instance.id": str(uuid4()),
            }
        ),
        shutdown_on_exit=False,  # It would wait for half a minute.
    )
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter, max_queue_size=QUEUE, schedule_delay_millis=GATHER * 1000
        )
    )
    try:
        yield OtelTracer(provider.get_tracer("events-core"), exporter)
    finally:
        parting = threading.Thread(target=provider.shutdown, daemon=True)
        parting.start()
        parting.join(PARTING)
        exporter.shutdown()  # What is left is dropped, and not tried again.


@frozen
class OtelTracer:
    """``Tracer`` that records. Made by ``recording``."""

    _tracer: api.Tracer
    _exporter: "_Counting"

    def span(
        self, name: str, kind: Kind, *, within: Trace | None = None
    ) -> AbstractContextManager[Span]:
        """See ``Tracer.span``."""
        return _Recording(self._tracer, name, kind, within)

    def readings(self) -> Iterable[Reading]:
        """Tell how many spans were sent, and how many the collector did not take."""
        text = "Spans that the collector took, and that it did not."
        for outcome, number in (
            ("sent", self._exporter.sent),
            ("lost", self._exporter.lost),
        ):
            yield Reading("spans", text, number, {"outcome": outcome}, is_counter=True)


@define
class _Recording(AbstractContextManager[Span]):
    _tracer: api.Tracer
    _name: str
    _kind: Kind
    _within: Trace | None
    _span: api.Span = field(init=False)
    _during: During = field(init=False)

    def __enter__(self) -> Span:
        parent = self._within or tracing.current()
        before = _context(parent, is_remote=self._within is not None)
        self._span = self._tracer.start_span(self._name, before, _KINDS[self._kind])
        self._during = During(_trace_of(self._span, parent))
        self._during.__enter__()
        return _OtelSpan(self._span)

    def __exit__(self, *_: object) -> None:
        self._during.__exit__()
        self._span.end()


@frozen
class _OtelSpan:
    _span: api.Span

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def note(self, name: str, value: str | float | UUID) -> None:
        self._span.set_attribute(name, str(value) if isinstance(value, UUID) else value)

    def fail(self, why: str) -> None:
        self._span.set_status(api.Status(api.StatusCode.ERROR, why))


def _context(parent: Trace | None, *, is_remote: bool) -> Context:
    if parent is None:
        return Context()
    place = api.SpanContext(
        int(parent.trace_id, 16),
        int(parent.span_id, 16),
        is_remote,
        api.TraceFlags(parent.flags),
        api.TraceState.from_header([parent.state]) if parent.state else None,
    )
    return api.set_span_in_context(api.NonRecordingSpan(place), Context())


def _trace_of(span: api.Span, parent: Trace | None) -> Trace:
    place = span.get_span_context()
    return Trace(
        f"{place.trace_id:032x}",
        f"{place.span_id:016x}",
        place.trace_flags & tracing.KNOWN_FLAGS,
        parent.state if parent else "",
    )


@define
class _Counting(SpanExporter):
    _exporter: SpanExporter
    sent: int = field(default=0, init=False)
    lost: int = field(default=0, init=False)
    _is_over: bool = field(default=False, init=False)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        if not self._is_over:
            result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.sent += len(spans)
        else:
            self.lost += len(spans)
        return result

    def shutdown(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _satisfies(tracer: OtelTracer) -> Tracer:
    return tracer
