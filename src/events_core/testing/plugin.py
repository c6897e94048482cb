"""The pytest plugin: a core in memory, as fixtures.

It comes with the package and is there without being asked for. ``core`` is a
``MemoryCore``; the other fixtures are its parts, to set and to tell what to say::

    async def test_a_member_sees_it(core, memberships):
        memberships.add(actor, community)
        await get_event(core, actor, event_id)

No fake and no Hypothesis is imported before a test asks for a fixture, so that the
plugin costs a run little that does not use it.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from events_core.testing.clock import ManualClock, SequentialIds
    from events_core.testing.people import MemoryAccess, MemoryMemberships
    from events_core.testing.wired import MemoryCore

# The suites fail with the values they compared, as the tests of one's own do.
pytest.register_assert_rewrite("events_core.testing.contracts")


@pytest.fixture
def core() -> "MemoryCore":
    """Return a core with nothing in it: nobody is a member, nobody may create."""
    from events_core.testing.wired import MemoryCore  # noqa: PLC0415 (see above)

    return MemoryCore()


@pytest.fixture
def clock(core: "MemoryCore") -> "ManualClock":
    """Return the core's clock."""
    return core.clock


@pytest.fixture
def ids(core: "MemoryCore") -> "SequentialIds":
    """Return the core's source of ids."""
    return core.ids


@pytest.fixture
def memberships(core: "MemoryCore") -> "MemoryMemberships":
    """Return who the core believes to belong where."""
    return core.memberships


@pytest.fixture
def access(core: "MemoryCore") -> "MemoryAccess":
    """Return who the core believes to hold what."""
    return core.access
