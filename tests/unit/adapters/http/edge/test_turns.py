import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.edge.turns import Turns
from adapters.http.errors import Overloaded
from events_core.errors import NotFound, StoreUnavailable

#: In seconds: longer than any test waits.
LONG = 60.0


async def settle(rounds: int = 5) -> None:
    """Let everybody who can go on do so, step by step."""
    for _ in range(rounds):
        await asyncio.sleep(0)


async def test_turns_come_in_the_order_of_arrival() -> None:
    turns, order, gate = Turns(1, LONG), list[int](), asyncio.Event()

    async def change(number: int) -> None:
        async with turns.turn():
            order.append(number)
            await gate.wait()

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(change(number))
        await settle()
        assert order == [0]
        gate.set()
    assert order == [0, 1, 2, 3]


async def test_who_finds_the_store_away_finds_it_for_all_who_wait() -> None:
    turns, gate = Turns(1, LONG), asyncio.Event()

    async def change() -> None:
        async with turns.turn():
            await gate.wait()
            raise StoreUnavailable(retry_after=7.0)

    tasks = [asyncio.create_task(change()) for _ in range(5)]
    await settle()
    gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(error, StoreUnavailable) for error in outcomes)
    assert {error.retry_after for error in outcomes} == {7.0}  # type: ignore[union-attr]
    async with turns.turn():
        pass


async def test_any_other_failure_is_its_own() -> None:
    turns, gate = Turns(1, LONG), asyncio.Event()

    async def fail() -> None:
        async with turns.turn():
            await gate.wait()
            raise NotFound

    async def succeed() -> str:
        async with turns.turn():
            return "done"

    failing, waiting = asyncio.create_task(fail()), asyncio.create_task(succeed())
    await settle()
    gate.set()
    assert await waiting == "done"
    with pytest.raises(NotFound):
        await failing


async def test_a_turn_that_does_not_come_is_told() -> None:
    turns = Turns(1, 0.0)
    async with turns.turn():
        with pytest.raises(Overloaded):
            async with turns.turn():
                pytest.fail("there was one turn only")


async def test_a_turn_that_comes_to_who_has_just_left_goes_to_the_next() -> None:
    turns, gate = Turns(1, LONG), asyncio.Event()

    async def change() -> None:
        async with turns.turn():
            await gate.wait()

    first, second, third = (asyncio.create_task(change()) for _ in range(3))
    await settle()
    gate.set()
    await asyncio.sleep(0)
    assert first.done()
    assert second.cancel()
    await third
    assert second.cancelled()


@given(
    places=st.integers(1, 3),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["enter", "enter", "leave", "cancel", "fail"]),
            st.integers(0, 2),
        )
    ),
)
def test_no_turn_is_lost_and_none_is_had_twice(
    places: int, steps: list[tuple[str, int]]
) -> None:
    asyncio.run(play(places, steps))


async def play(places: int, steps: list[tuple[str, int]]) -> None:
    turns, inside, most = Turns(places, LONG), 0, 0
    leaving = asyncio.Queue[bool]()
    tasks = list[asyncio.Task[None]]()

    async def change() -> None:
        nonlocal inside, most
        async with turns.turn():
            inside += 1
            most = max(most, inside)
            try:
                if await leaving.get():
                    raise StoreUnavailable
            finally:
                inside -= 1

    for number, (step, rounds) in enumerate(steps):
        match step:
            case "enter":
                tasks.append(asyncio.create_task(change()))
            case "cancel" if tasks:
                tasks[number % len(tasks)].cancel()
            case _:
                leaving.put_nowait(step == "fail")
        await settle(rounds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert most <= places
    assert turns.free == places
