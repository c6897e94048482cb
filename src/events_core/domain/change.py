"""What a decision returns: the state before, the state after, and the facts of it."""

from datetime import datetime
from typing import Generic, TypeVar

from attrs import frozen

from events_core.domain.actors import Via
from events_core.domain.facts import Fact
from events_core.domain.identity import UserId

T = TypeVar("T")


@frozen
class Cause:
    """Who did it, when, through what, and why.

    ``by`` is None once the person has been erased, and for the system itself.
    """

    by: UserId | None
    at: datetime
    via: Via = Via.HTTP
    reason: str | None = None


@frozen
class Change(Generic[T]):
    """A decision that was taken and not yet stored.

    No facts means that nothing happened: ``after`` equals ``before``, and saving it
    is not needed. ``before`` is None for what is new, ``after`` for what is gone.
    """

    before: T | None
    after: T | None
    cause: Cause
    facts: tuple[Fact, ...] = ()

    @property
    def happened(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.facts)
