"""What a decision returns: the state before, the state after, and the facts of it."""

from datetime import datetime
from typing import Generic, TypeVar

from attrs import field, frozen

from events_core.domain.actors import Via
from events_core.domain.facts import EventFact
from events_core.domain.identity import UserId
from events_core.domain.text import TextRule
from events_core.errors import InvalidFields

T = TypeVar("T")

REASON = TextRule(longest=1_000, lines=True)


def checked_reason(reason: str | None, *, name: str = "change_reason") -> str | None:
    """Return the reason as it is kept; None where there is nothing but white space.

    Raises:
        InvalidFields: it breaks its rule; ``name`` is what the field is called.
    """
    try:
        return REASON.clean_optional(reason)
    except ValueError as problem:
        raise InvalidFields({name: (str(problem),)}) from None


@frozen
class Cause:
    """Who did it, when, through what, and why.

    ``by`` is None once the person has been erased, and for the system itself. From
    which request, and whether she acted as a system admin, the audit trail keeps; the
    history does not.
    """

    by: UserId | None
    at: datetime
    via: Via = Via.HTTP
    reason: str | None = None
    request_id: str = field(default="", eq=False)
    as_admin: bool = field(default=False, eq=False)


@frozen
class Change(Generic[T]):
    """A decision that was taken and not yet stored.

    No facts means that nothing happened: ``after`` equals ``before``, and saving it
    is not needed. ``before`` is None for what is new, ``after`` for what is gone.
    """

    before: T | None
    after: T | None
    cause: Cause
    facts: tuple[EventFact, ...] = ()

    @property
    def happened(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.facts)

    def then(self, further: "Change[T]") -> "Change[T]":
        """Return this and a further decision on what came of it as one."""
        return Change(
            self.before, further.after, self.cause, (*self.facts, *further.facts)
        )
