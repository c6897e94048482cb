import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator
from random import Random
from uuid import UUID

import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.portal.client import (
    Neighbour,
    Outcome,
    open_neighbour,
    read_object,
)
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
from tests.unit.adapters.portal.conftest import SECRET, until

CALL_SECONDS = 0.5
SOON = 5.0


@define
class Notes:
    """What an observer was told."""

    outcomes: list[Outcome] = field(factory=list)
    seconds: list[float] = field(factory=list)

    def __call__(self, neighbour: str, outcome: Outcome, seconds: float, /) -> None:
        assert neighbour == "portal"
        self.outcomes.append(outcome)
        self.seconds.append(seconds)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
async def neighbour(portal: Portal, notes: Notes) -> AsyncIterator[Neighbour]:
    async with open_neighbour(
        "portal", portal.url, secret=SECRET, observe=notes, call_seconds=CALL_SECONDS
    ) as neighbour:
        yield neighbour


async def ask(neighbour: Neighbour, actor: Actor, path: str = "/x") -> bytes | None:
    """Ask, and understand a 200 alone, whatever it says."""
    return await neighbour.ask(
        actor,
        "GET",
        path,
        understand=lambda status, content: content if status == 200 else None,
    )


# What goes out


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


# What comes back


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


async def test_where_nobody_listens_is_no_answer(notes: Notes, actor: Actor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_in_a_moment:
        host, port = closed_in_a_moment.getsockname()
    async with open_neighbour(
        "portal", f"http://{host}:{port}", secret=SECRET, observe=notes
    ) as neighbour:
        assert await ask(neighbour, actor) is None
    assert notes.outcomes == [Outcome.UNREACHABLE]


async def test_a_neighbour_that_went_away_is_no_answer(
    portal: Portal, neighbour: Neighbour, notes: Notes, actor: Actor
) -> None:
    portal.always(say(200))
    await ask(neighbour, actor)
    portal.stop()
    assert await ask(neighbour, actor) is None
    assert notes.outcomes == [Outcome.ANSWERED, Outcome.UNREACHABLE]


# Connections


async def test_calls_in_turn_share_one_connection(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    portal.always(say(200))
    for _ in range(20):
        assert await ask(neighbour, actor) == b""
    assert portal.connections == 1


async def test_no_more_connections_are_opened_than_allowed(
    portal: Portal, actor: Actor
) -> None:
    def briefly(connection: Connection, honest: Answer) -> None:
        connection.wait(0.02)
        connection.send(bytes(Answer(200)))

    portal.always(briefly)
    async with open_neighbour(
        "portal", portal.url, secret=SECRET, connections=4
    ) as neighbour:
        told = await asyncio.gather(*(ask(neighbour, actor) for _ in range(40)))
    assert told == [b""] * 40
    assert portal.busiest == 4
    assert portal.connections == 4


async def test_waiting_for_a_connection_does_not_count_as_lateness(
    portal: Portal, notes: Notes, actor: Actor
) -> None:
    portal.always(slow(0.2))
    async with open_neighbour(
        "portal",
        portal.url,
        secret=SECRET,
        observe=notes,
        call_seconds=CALL_SECONDS,
        connections=1,
    ) as neighbour:
        await asyncio.gather(*(ask(neighbour, actor) for _ in range(4)))
    assert notes.outcomes == [Outcome.REFUSED] * 4  # the honest 404
    assert max(notes.seconds) < CALL_SECONDS


async def test_a_call_on_a_connection_just_closed_is_made_again(
    portal: Portal, neighbour: Neighbour, notes: Notes, actor: Actor
) -> None:
    portal.misbehave = lambda _: reset if len(portal.calls) == 2 else say(200)
    for _ in range(2):
        assert await ask(neighbour, actor) == b""
    assert len(portal.calls) == 3
    assert notes.outcomes == [Outcome.ANSWERED] * 2


async def test_a_call_is_made_again_only_once(
    portal: Portal, neighbour: Neighbour, actor: Actor
) -> None:
    portal.always(reset)
    assert await ask(neighbour, actor) is None
    assert len(portal.calls) == 2


async def test_who_stops_waiting_is_observed(
    portal: Portal, neighbour: Neighbour, notes: Notes, actor: Actor
) -> None:
    portal.always(hang)
    asking = asyncio.create_task(ask(neighbour, actor))
    await until(lambda: portal.calls)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
    assert notes.outcomes == [Outcome.ABANDONED]


async def test_no_connection_is_lost_however_many_stop_waiting(
    portal: Portal, actor: Actor
) -> None:
    portal.misbehave = lambda call: slow(len(call.headers["X-Request-Id"]) / 500)
    chance = Random(5)
    async with open_neighbour(
        "portal", portal.url, secret=SECRET, call_seconds=1.0, connections=4
    ) as neighbour:
        for _ in range(60):
            asking = [
                asyncio.create_task(
                    ask(
                        neighbour, evolve(actor, request_id="r" * chance.randint(1, 40))
                    )
                )
                for _ in range(8)
            ]
            await asyncio.sleep(chance.random() / 50)
            for asker in asking:
                asker.cancel()
            await asyncio.wait(asking)
        portal.always(say(200, b"well"))
        async with asyncio.timeout(SOON):
            told = await asyncio.gather(*(ask(neighbour, actor) for _ in range(20)))
    assert told == [b"well"] * 20


async def test_leaving_closes_every_connection(portal: Portal, actor: Actor) -> None:
    portal.always(slow(0.01))
    async with open_neighbour("portal", portal.url, secret=SECRET) as neighbour:
        await asyncio.gather(*(ask(neighbour, actor) for _ in range(10)))
        assert portal.open_connections > 0
    await until(lambda: not portal.open_connections)


# Addresses and JSON


@pytest.mark.parametrize(
    "address",
    [
        "",
        "portal:8003",
        "/api/v1",
        "http://",
        "http:///api/v1",
        "ftp://portal/api/v1",
        "http://user:secret@portal/api/v1",
        "http://portal/api/v1?x=1",
        "http://portal/api/v1#x",
        "http://portal:99999/",
        "http://portal:0/",
        "http://portal:port/",
        f"http://{'a' * 64}/",
        "http://por\ntal/",
    ],
)
async def test_what_is_no_plain_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        async with open_neighbour("portal", address, secret=SECRET):
            pass


async def test_a_refused_address_does_not_tell_its_password() -> None:
    with pytest.raises(ValueError, match="address") as refused:
        async with open_neighbour("p", "http://me:hush@portal/?", secret=SECRET):
            pass
    assert "hush" not in str(refused.value)


def test_an_object_is_read() -> None:
    assert read_object(b' {"a": [1, {"a": null}], "b": "\xd0\xb1"} ') == {
        "a": [1, {"a": None}],
        "b": "б",
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'"{}"',
        b"{",
        b'{"a": 1',
        b"{'a': 1}",
        b"<html><body>Sign in</body></html>",
        b'{"a": "\xff"}',
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 1}}',
        b"[" * ANSWER_LIMIT,
        b'{"a":' * 13_000,
        b'{"a": ' + b"9" * 60_000 + b"}",
    ],
)
def test_anything_else_is_no_object(content: bytes) -> None:
    assert read_object(content) is None


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    read = read_object(content)
    assert read is None or isinstance(read, dict)
