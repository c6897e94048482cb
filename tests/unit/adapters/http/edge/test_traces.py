"""A request goes on in the trace it came with, and never fails for it."""

import pytest

from adapters.tracing import Trace, current
from tests.unit.adapters.http.edge.toy import EVENTS, Service, signed

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_a_request_goes_on_in_the_trace_it_came_with(service: Service) -> None:
    headers = {"Traceparent": PARENT, "Tracestate": "vendor=1"}
    await service.call("GET", EVENTS, headers=headers)
    assert service.toy.traces == [Trace.read(PARENT, "vendor=1")]
    assert current() is None


@pytest.mark.parametrize("parent", ["", "new", PARENT.upper(), f"{PARENT}-\u0439"])
async def test_a_trace_that_cannot_be_read_is_none_and_another_begins(
    service: Service, parent: str
) -> None:
    headers = {"Traceparent": parent, "Tracestate": "vendor=1"}
    answer = await service.call("GET", EVENTS, headers=headers)
    assert answer.status_code == 200
    [trace] = service.toy.traces
    assert trace is not None
    assert (trace.state, trace.is_sampled) == ("", False)
    assert trace.trace_id != PARENT[3:35]


async def test_two_traces_are_none_and_two_states_are_one(service: Service) -> None:
    parent = (b"traceparent", PARENT.encode())
    states = [(b"tracestate", b"a=1"), (b"tracestate", b"b=2")]
    for more in [parent, parent], [parent, *states]:
        told = [(k.encode(), v.encode()) for k, v in signed("GET", EVENTS).items()]
        await service.send("GET", EVENTS, headers=[*told, *more])
    first, second = service.toy.traces
    assert first is not None
    assert first.trace_id != PARENT[3:35]
    assert second == Trace.read(PARENT, "a=1,b=2")
