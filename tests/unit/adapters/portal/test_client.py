"""Calls to a neighbour: what goes out, and what comes back."""

import asyncio
import gzip
import json
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.portal.client import Neighbour, Outcome, open_neighbour
from adapters.portal.lanes import ANSWER_LIMIT
from adapters.tracing import During, Trace
from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.identity import TenantId, UserId
from tests.neighbours import (
    Answer,
    Connection,
    Fault,
    Portal,
    half,
    hang,
    reset,
    say,
    slow,
    trickle,
)
from tests.unit.adapters.portal.asking import CALL_SECONDS, Notes, ask
from tests.unit.adapters.portal.conftest import SECRET


async def test_a_call_belongs_to_the_trace_that_asks(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    trace = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 1, "v=1")
    with During(trace):
        await ask(neighbour, actor)
    await ask(neighbour, actor)
    asked, alone = portal.calls
    assert asked.headers["traceparent"] == trace.parent
    assert asked.headers["tracestate"] == "v=1"
    assert trace.trace_id not in alone.headers["traceparent"]


async def test_a_call_carries_the_signed_context(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    portal.always(say(200))
    flags = MasterFlags(banned=True, membership_status="АКТИВЕН")
    await ask(neighbour, evolve(actor, flags=flags), "/teams")
    (call,) = portal.calls
    assert portal.refusal(call) is None
    assert call.path == "/api/v1/teams"
    assert call.headers["X-Request-Id"] == "req-1"
    assert call.headers["X-Tenant-Id"] == str(actor.tenant_id)
    assert call.headers["X-Tenant-Slug"] == "guild"
    assert call.headers["X-User-Id"] == str(actor.user_id)
    assert json.loads(call.headers["X-Master-Flags"]) == {
        "suspended": False,
        "banned": True,
        "system_admin": False,
        "membership_status": "АКТИВЕН",
    }


async def test_a_body_is_signed_and_sent_as_it_is(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    body = '{"a": "б"}'.encode()
    await neighbour.ask(actor, "POST", "/x", body=body, understand=lambda *_: True)
    (call,) = portal.calls
    assert call.body == body
    assert call.headers["Content-Type"] == "application/json"
    assert portal.refusal(call) is None


any_text = st.text(st.characters(exclude_categories=()), max_size=50)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request_id=any_text, slug=any_text.filter(bool), status=st.none() | any_text)
async def test_whatever_the_actor_carries_the_neighbour_takes_the_context(
    *,
    portal: Portal,
    neighbour: Neighbour,
    request_id: str,
    slug: str,
    status: str | None,
) -> None:
    portal.always(say(200))
    actor = Actor(
        TenantId(UUID(int=1)),
        UserId(UUID(int=2)),
        flags=MasterFlags(membership_status=status),
        tenant_slug=slug,
        request_id=request_id,
    )
    assert await ask(neighbour, actor) == b""
    call = portal.calls[-1]
    assert portal.refusal(call) is None
    assert json.loads(call.headers["X-Master-Flags"])["membership_status"] == status


async def test_who_has_no_request_id_gets_a_new_one_for_each_call(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    for _ in range(2):
        await ask(neighbour, evolve(actor, request_id=""))
    first, second = (call.headers["X-Request-Id"] for call in portal.calls)
    assert first != second


@pytest.mark.parametrize(
    ("prefix", "path"),
    [("", "/x"), ("/", "/x"), ("/api/v1/", "/api/v1/x"), ("/a%20b", "/a%20b/x")],
)
async def test_the_whole_path_is_signed_with_every_prefix(
    portal: Portal, actor: Actor, prefix: str, path: str
) -> None:
    base = portal.url.removesuffix("/api/v1") + prefix
    async with open_neighbour("portal", base, secret=SECRET) as neighbour:
        await ask(neighbour, actor)
    (call,) = portal.calls
    assert call.path == path
    assert portal.refusal(call) is None


async def test_no_cookie_is_carried_from_one_call_to_the_next(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    portal.always(say(200, headers={"Set-Cookie": "session=ada; Path=/"}))
    for _ in range(2):
        await ask(neighbour, actor)
    assert [call.headers["Cookie"] for call in portal.calls] == [None, None]


async def test_an_answer_is_told_with_its_status_and_observed(
    portal: Portal, neighbour: Neighbour, notes: Notes, actor: Actor
) -> None:
    portal.always(say(418, b"tea"))
    told = await neighbour.ask(
        actor, "GET", "/x", understand=lambda status, content: (status, content)
    )
    assert told == (418, b"tea")
    assert notes.outcomes == [Outcome.ANSWERED]
    assert 0 < notes.seconds[0] < CALL_SECONDS


async def test_a_slow_answer_in_time_is_an_answer(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    portal.always(slow(CALL_SECONDS / 4))
    told = await neighbour.ask(actor, "GET", "/x", understand=lambda s, _: s)
    assert told == 404


def nonsense(connection: Connection, honest: Answer) -> None:
    connection.send(b"it is nice here\r\n\r\n")
    connection.close_connection = True


def endless(connection: Connection, honest: Answer) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.send(b"400\r\n" + b" " * 1024 + b"\r\n")


def chunk_cut_off(connection: Connection, honest: Answer) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}")
    connection.close_connection = True


FAULTS = {
    "500": (say(500), Outcome.FAILED),
    "503": (say(503, b"{}"), Outcome.FAILED),
    "401": (say(401), Outcome.REFUSED),
    "301": (say(301, headers={"Location": "/api/v1/y"}), Outcome.REFUSED),
    "204": (say(204), Outcome.REFUSED),
    "too long": (say(200, b" " * (ANSWER_LIMIT + 1)), Outcome.GARBLED),
    "endless": (endless, Outcome.GARBLED),
    "silence": (hang, Outcome.LATE),
    "a trickle": (trickle(0.1), Outcome.LATE),
    "half": (half, Outcome.UNREACHABLE),
    "cut off": (chunk_cut_off, Outcome.UNREACHABLE),
    "nonsense": (nonsense, Outcome.UNREACHABLE),
    "reset": (reset, Outcome.UNREACHABLE),
}


@pytest.mark.parametrize(("fault", "outcome"), FAULTS.values(), ids=FAULTS)
async def test_whatever_goes_wrong_is_no_answer_and_soon_known(
    *,
    portal: Portal,
    neighbour: Neighbour,
    notes: Notes,
    actor: Actor,
    fault: Fault,
    outcome: Outcome,
) -> None:
    portal.always(fault)
    async with asyncio.timeout(CALL_SECONDS + 1):
        assert await ask(neighbour, actor) is None
    assert notes.outcomes == [outcome]
    portal.always(say(200, b"well"))
    assert await ask(neighbour, actor) == b"well"


async def test_a_redirect_is_not_followed(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    portal.always(say(307, headers={"Location": f"{portal.url}/y"}))
    assert await ask(neighbour, actor) is None
    assert len(portal.calls) == 1


async def test_an_answer_of_the_greatest_length_is_read(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    longest = b" " * ANSWER_LIMIT
    portal.always(say(200, longest))
    assert await ask(neighbour, actor) == longest


async def test_nothing_is_unpacked(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    packed = gzip.compress(b"{}" * 1_000_000)
    portal.always(say(200, packed, {"Content-Encoding": "gzip"}))
    assert await ask(neighbour, actor) == packed
    assert portal.calls[0].headers["Accept-Encoding"] == "identity"
