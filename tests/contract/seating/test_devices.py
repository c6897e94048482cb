"""Marks that devices made without a connection, and send later, again and shuffled."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.seating.world import CROWD, MANAGERS, Stage, World

#: What a device saw: which device it was, whom, and at which hour.
_scans = st.tuples(
    st.sampled_from(MANAGERS), st.sampled_from(CROWD), st.integers(-2, 4)
)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(seen=st.lists(_scans, min_size=1, max_size=8, unique=True), data=st.data())
def test_marks_of_three_devices_in_any_order_and_again_end_alike(
    stage: Stage, seen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    orders = [data.draw(st.permutations(seen * 2), label="order") for _ in range(2)]

    async def sent(world: World, order: list[tuple[str, int, int]]) -> dict[str, Any]:
        for device, who, hour in order:
            await world.mark(who, device, f"{device}/{who}/{hour}", hour)
        return dict((await world.held())["marks"])

    expected: dict[Any, tuple[Any, Any]] = {}
    for device, who, hour in seen:
        expected[who] = min(expected.get(who, (99, "")), (hour, device))
    for order in orders:
        for world in stage.worlds(start=0):
            world.wait_until(5)
            marks = stage.loop.run(sent(world, order))
            stands = {who: (mark.at, mark.by) for who, mark in marks.items()}
            assert stands == expected
            assert not any(mark.undone for mark in marks.values())
