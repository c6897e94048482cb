import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events_core.documents.locks import Locks
from events_core.errors import ConcurrentChange

HOLDERS = ("Anna", "Boris", "Clara", "Dora")
ROWS = ("first", "second", "third")


async def turns() -> None:
    """Let everybody who can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_first_come_first_served() -> None:
    locks, served = Locks(), list[str]()

    async def be_served(holder: str) -> None:
        await locks.hold("row", holder)
        served.append(holder)
        await asyncio.sleep(0)
        locks.release(holder)

    await asyncio.gather(*map(be_served, HOLDERS))
    assert served == [*HOLDERS]


async def test_whoever_comes_as_it_is_let_go_waits_behind_those_who_were_there() -> (
    None
):
    locks = Locks()
    await locks.hold("row", "Anna")
    waiting = asyncio.create_task(locks.hold("row", "Boris"))
    await turns()
    locks.release("Anna")
    late = asyncio.create_task(locks.hold("row", "Clara"))
    await turns()
    assert (waiting.done(), late.done()) == (True, False)
    locks.release("Boris")
    await late


async def test_whoever_is_cancelled_as_her_turn_comes_lets_the_next_go_on() -> None:
    locks = Locks()
    await locks.hold("row", "Anna")
    cancelled, next_one = (
        asyncio.create_task(locks.hold("row", holder)) for holder in ("Boris", "Clara")
    )
    await turns()
    locks.release("Anna")
    cancelled.cancel()
    await asyncio.wait_for(next_one, 10)
    assert locks.is_held("row", "Clara")
    assert cancelled.cancelled()


@given(
    wishes=st.lists(st.permutations(ROWS), max_size=8),
    cancelled=st.sets(st.integers(0, 7)),
)
async def test_nobody_shares_a_row_or_waits_for_ever_and_nothing_is_left(
    wishes: list[list[str]], cancelled: set[int]
) -> None:
    locks, held = Locks(), dict[str, object]()

    async def take(rows: list[str]) -> None:
        me = object()
        try:
            for row in rows:
                await locks.hold(row, me)
                assert held.setdefault(row, me) is me
                await asyncio.sleep(0)
        except ConcurrentChange:
            pass
        finally:
            for row in [row for row, holder in held.items() if holder is me]:
                del held[row]
            locks.release(me)

    tasks = [asyncio.create_task(take(rows)) for rows in wishes]
    await asyncio.sleep(0)
    for number, task in enumerate(tasks):
        if number in cancelled:
            task.cancel()
    done, waiting = await asyncio.wait(tasks, timeout=10) if tasks else ((), ())
    assert not waiting
    assert all(task.cancelled() or task.exception() is None for task in done)
    assert locks == Locks()


async def test_those_who_would_wait_in_a_circle_do_not() -> None:
    locks = Locks()
    for holder, row in zip(HOLDERS, ROWS, strict=False):
        await locks.hold(row, holder)
    waiting = [
        asyncio.create_task(locks.hold(row, holder))
        for holder, row in (("Anna", "second"), ("Boris", "third"))
    ]
    await turns()
    with pytest.raises(ConcurrentChange):
        await locks.hold("first", "Clara")
    locks.release("Clara")
    await waiting[1]
    locks.release("Boris")
    await waiting[0]
