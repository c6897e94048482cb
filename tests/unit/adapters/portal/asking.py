"""What a neighbour is asked with, and what an observer hears of it."""

from attrs import define, field

from adapters.portal.client import Neighbour, Outcome
from events_core.domain.actors import Actor

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


async def ask(neighbour: Neighbour, actor: Actor, path: str = "/x") -> bytes | None:
    """Ask, and understand a 200 alone, whatever it says."""
    return await neighbour.ask(
        actor,
        "GET",
        path,
        understand=lambda status, content: content if status == 200 else None,
    )
