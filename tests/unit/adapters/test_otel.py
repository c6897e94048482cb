"""Spans reach a collector whole, and harm nobody when there is none."""

import socket
import time
from collections.abc import Iterator

import pytest

from adapters.otel import QUEUE, OtelTracer, recording
from adapters.tracing import During, Kind, Trace, current
from tests.collector import Collector, notes_of

CAME = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 1, "vendor=1")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


def numbers(tracer: OtelTracer) -> dict[str, float]:
    return {told.labels["outcome"]: told.value for told in tracer.readings()}


def test_what_belongs_together_is_one_trace(collector: Collector) -> None:
    with recording(
        collector.url, headers="Key=a%20secret", service="events", share=1
    ) as tracer:
        with tracer.span("outer", Kind.SERVER, within=CAME) as outer:
            here = current()
            with tracer.span("inner", Kind.CLIENT) as inner:
                inner.note("a.number", 3)
                inner.fail("late")
            outer.rename("renamed")
            outer.note("a.word", "ok")
        assert current() is None
        with tracer.span("alone", Kind.INTERNAL):
            alone = current()
        collector.until(lambda spans: len(spans) == 3)
    assert numbers(tracer) == {"sent": 3, "lost": 0}
    spans = {span.name: span for span in collector.spans}
    renamed, inside = spans["renamed"], spans["inner"]
    assert here == Trace(CAME.trace_id, renamed.span_id.hex(), 1, "vendor=1")
    assert {renamed.trace_id.hex(), inside.trace_id.hex()} == {CAME.trace_id}
    assert renamed.parent_span_id.hex() == CAME.span_id
    assert inside.parent_span_id == renamed.span_id
    assert (renamed.kind, inside.kind) == (renamed.SPAN_KIND_SERVER, 3)
    assert notes_of(renamed) == {"a.word": "ok"}
    assert notes_of(inside) == {"a.number": 3}
    assert (inside.status.code, inside.status.message) == (2, "late")
    assert renamed.trace_state == "vendor=1"
    assert alone is not None
    assert alone.is_sampled
    assert spans["alone"].trace_id.hex() == alone.trace_id != CAME.trace_id
    assert not spans["alone"].parent_span_id
    assert collector.services == {"events"}
    assert collector.headers[0]["key"] == "a secret"


def test_what_others_do_not_record_is_passed_on_and_not_recorded(
    collector: Collector,
) -> None:
    unrecorded = Trace(CAME.trace_id, CAME.span_id, 0, "vendor=1")
    with recording(collector.url, service="events", share=0) as tracer:
        with tracer.span("a", Kind.SERVER, within=unrecorded):
            seen = current()
        with tracer.span("b", Kind.SERVER):
            begun = current()
        with During(CAME), tracer.span("c", Kind.SERVER):
            pass
        collector.until(lambda spans: len(spans) == 1)
    assert seen is not None
    assert (seen.trace_id, seen.flags) == (CAME.trace_id, 0)
    assert seen.state == "vendor=1"
    assert begun is not None
    assert not begun.is_sampled
    assert [span.name for span in collector.spans] == ["c"]


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_collector_that_hangs_or_is_gone_holds_up_nobody(
    collector: Collector,
    is_there: bool,  # noqa: FBT001
) -> None:
    collector.answers.clear()
    url = collector.url if is_there else closed_port()
    began = time.monotonic()
    with recording(url, service="events", share=1) as tracer:
        for _ in range(2 * QUEUE):
            with tracer.span("a", Kind.SERVER):
                pass
    # A collector is given 5 s to answer, and what is left would be sent after that.
    assert time.monotonic() - began < 10
    assert numbers(tracer)["sent"] == 0
