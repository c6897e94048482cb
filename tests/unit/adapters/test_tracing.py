"""The trace a request brings is read strictly and passed on; nothing else is."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tracing import (
    PASSING_ON,
    During,
    Kind,
    Trace,
    current,
    current_headers,
)

WHOLE, PART = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{WHOLE}-{PART}-01"
LONG = f"long={'v' * 250}"
TWENTY = [f"k{n:02}={'v' * 26}" for n in range(20)]


def hex_ids(digits: int) -> st.SearchStrategy[str]:
    return st.integers(1, 16**digits - 1).map(f"{{:0{digits}x}}".format)


traces = st.builds(Trace, hex_ids(32), hex_ids(16), st.integers(0, 3))


@given(traces)
def test_what_is_told_is_read_back(trace: Trace) -> None:
    assert Trace.read(trace.parent) == trace


@given(st.text() | st.from_regex(r"[0-9a-f]{2}(-[0-9a-f]{1,33}){0,4}-?"))
def test_nothing_else_is_a_parent(text: str) -> None:
    trace = Trace.read(text)
    if trace is not None:
        assert re.fullmatch(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-.*", text)
        assert text[3:52] == trace.parent[3:52]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        PARENT.upper(),
        PARENT[:-1],
        f"{PARENT}-",
        f"{PARENT}-01",
        f"{PARENT} ",
        f"{PARENT}\n",
        f"{PARENT},{PARENT}",
        PARENT.replace("-", "_"),
        PARENT.replace("4bf9", "4bg9"),
        PARENT.replace("4bf9", "４bf9"),
        "ff" + PARENT[2:],
        f"01{PARENT[2:]}.more",
        f"00-{'0' * 32}-{PART}-01",
        f"00-{WHOLE}-{'0' * 16}-01",
    ],
)
def test_a_malformed_parent_is_none(wrong: str) -> None:
    assert Trace.read(wrong, "vendor=1") is None


@pytest.mark.parametrize("later", [f"cc{PARENT[2:]}", f"cc{PARENT[2:]}-what-is-this"])
def test_a_later_version_is_read_as_far_as_this_one_goes(later: str) -> None:
    trace = Trace.read(later)
    assert trace is not None
    assert trace.parent == PARENT


def test_of_the_flags_those_we_know_are_passed_on() -> None:
    trace = Trace.read(f"00-{WHOLE}-{PART}-ff")
    assert trace is not None
    assert trace.is_sampled
    assert trace.parent.endswith("-03")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("vendor=a b,1a-_*/@x=!~", "vendor=a b,1a-_*/@x=!~"),
        (" vendor=1 ,\t, other=2,", "vendor=1,other=2"),
        ("vendor=1,vendor=2", ""),
        ("Vendor=1", ""),
        ("vendor", ""),
        ("vendor=", ""),
        ("vendor=a=b", ""),
        ("vendor=й", ""),
        ("ok=1,vendor=\x7f", ""),
        (f"{'k' * 257}=1", ""),
        (f"k={'v' * 257}", ""),
        (",".join(f"k{n}=1" for n in range(33)), ""),
        (f"a={'v' * 120},{LONG},b={'v' * 200}", f"a={'v' * 120},b={'v' * 200}"),
        (",".join(TWENTY), ",".join(TWENTY[:16])),
    ],
)
def test_a_state_is_passed_on_whole_or_shortened_or_not_at_all(
    given: str, kept: str
) -> None:
    trace = Trace.read(PARENT, given)
    assert trace is not None
    assert trace.state == kept


def test_a_new_trace_is_one_that_can_be_read() -> None:
    begun = {Trace.begin() for _ in range(20)}
    assert len(begun) == 20
    assert {Trace.read(trace.parent) for trace in begun} == begun
    assert not any(trace.is_sampled for trace in begun)


def test_while_a_span_lasts_its_trace_runs() -> None:
    ours, other = Trace.begin(), Trace(WHOLE, PART, 1, "vendor=1")
    assert current() is None
    assert current_headers() == {}
    with PASSING_ON.span("a", Kind.SERVER, within=ours):
        with PASSING_ON.span("b", Kind.CLIENT):
            assert current() == ours
        with PASSING_ON.span("c", Kind.CLIENT, within=other):
            assert current_headers() == {
                "traceparent": PARENT,
                "tracestate": "vendor=1",
            }
        assert current_headers() == {"traceparent": ours.parent}
    with PASSING_ON.span("d", Kind.INTERNAL):
        begun = current()
    assert begun is not None
    assert current() is None


async def test_each_task_has_its_own() -> None:
    async def see(trace: Trace) -> bool:
        with During(trace):
            await asyncio.sleep(0)
            return current() == trace

    assert all(await asyncio.gather(*(see(Trace.begin()) for _ in range(5))))
    with During(Trace.begin()):
        begun = asyncio.create_task(asyncio.to_thread(current))
    assert await begun is not None
