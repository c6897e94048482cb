"""What is done, and what is said of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from events_core import Status, Waitlist
from tests.contract.seating.world import World

Deed = Callable[[World], Awaitable[object]]

AUTOMATIC, MANUAL = Waitlist.AUTOMATIC, Waitlist.MANUAL


@frozen(kw_only=True)
class Refusal:
    """What was done, at which hour what is refused then, and what is said of it.

    ``says`` is a part of the message, ``tells`` are members of the error.
    """

    what: str
    before: Sequence[Deed] = ()
    hour: int = 0
    deed: Deed
    code: str
    says: str
    tells: Mapping[str, object] = field(factory=dict)
    terms: Mapping[str, Any] = field(factory=dict)


def come(who: int, guests: int = 0) -> Deed:
    return lambda world: world.answer(who, guests=guests)


def move(to: Status) -> Deed:
    return lambda world: world.move(to)


def revise(**values: Any) -> Deed:  # noqa: ANN401
    return lambda world: world.revise(**values)


def delete(world: World) -> Awaitable[object]:
    return world.delete()


async def wait(world: World, hour: int) -> None:
    world.wait_until(hour)
