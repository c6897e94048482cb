"""Connections to a neighbour: few, shared, made again once, and never lost."""

import asyncio
import socket
from random import Random

from attrs import evolve

from adapters.portal.client import Neighbour, Outcome, open_neighbour
from events_core.domain.actors import Actor
from tests.neighbours import Answer, Connection, Portal, hang, reset, say, slow
from tests.unit.adapters.portal.asking import CALL_SECONDS, SOON, Notes, ask
from tests.unit.adapters.portal.conftest import SECRET, until


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
