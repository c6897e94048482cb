"""What every ``Memberships`` and every ``Access`` promises.

Subclass a suite and override its factory, which returns a *world*: the implementation
under test, and the means to arrange what it tells of. Each test works with people and
places of its own, so the factory may return the same world again and again.
"""

from events_core.testing.contracts.people.access import AccessContract, AccessWorld
from events_core.testing.contracts.people.memberships import (
    MembershipsContract,
    MembershipsWorld,
)

__all__ = ["AccessContract", "AccessWorld", "MembershipsContract", "MembershipsWorld"]
