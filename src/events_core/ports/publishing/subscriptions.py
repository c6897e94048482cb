"""Who is told of the facts of one tenant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from attrs import fields, frozen

from events_core.domain.identity import Scope
from events_core.domain.revision import UNSET, UnsetType
from events_core.ports.outbox import Kind, State


@frozen(kw_only=True)
class Terms:
    """What a subscription asks for: to be told where, signed how, and what of.

    None stands for any kind of fact, or any scope.
    """

    url: str
    signing: Kind = Kind.STANDARD
    description: str = ""
    event_types: frozenset[str] | None = None
    scope: Scope | None = None


@frozen(kw_only=True)
class NewTerms:
    """What is to change of a subscription; ``ACTIVE`` brings back who was disabled."""

    url: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    event_types: frozenset[str] | None | UnsetType = UNSET
    scope: Scope | None | UnsetType = UNSET
    state: State | UnsetType = UNSET

    def given(self) -> Mapping[str, Any]:
        """Return what is to change, by name."""
        values = {one.name: getattr(self, one.name) for one in fields(NewTerms)}
        return {name: value for name, value in values.items() if value is not UNSET}


@frozen(kw_only=True)
class Subscription:
    """A subscription as its tenant sees it; her secrets are nowhere to be seen.

    ``reason`` is why she is disabled. ``failing_since`` is when her first failure was
    that no success has followed; she is left alone until ``open_until``. ``pending``
    and ``dead`` count what is laid out and not delivered, and dead letters, each up
    to a thousand.
    """

    id: UUID
    terms: Terms
    state: State
    reason: str | None
    created_at: datetime
    failing_since: datetime | None
    open_until: datetime | None
    pending: int
    dead: int


#: How far is counted of what can be any number.
MOST_COUNTED = 1000


class SubscriptionBook(Protocol):
    """The subscriptions of one tenant."""

    async def add(self, subscription_id: UUID, terms: Terms, *, most: int) -> bytes:
        """Tell somebody of what gets its position from now on; return her secret.

        This is the only time that it is given out. Again with the same id nothing is
        changed but that she has one more secret, and that is returned.

        Raises:
            TooManySubscriptions: the tenant has ``most`` of them.
        """
        ...

    async def page(
        self, *, limit: int, offset: int
    ) -> tuple[Sequence[Subscription], int]:
        """Return some of them, the oldest first, and how many there are."""
        ...

    async def find(self, subscription_id: UUID) -> Subscription | None:
        """Return one of them."""
        ...

    async def change(
        self, subscription_id: UUID, terms: NewTerms
    ) -> Subscription | None:
        """Change one and return it as it is then; None where there is none.

        A new URL, or a state, makes a new start: she is not left alone any more.
        What is sent just now may still go to the old URL. What she wants to hear of
        counts for facts that are not laid out yet; all that she missed while she was
        not active is.
        """
        ...

    async def remove(self, subscription_id: UUID) -> bool:
        """Forget one, with all that was to be told to her; return whether there was."""
        ...

    async def rotate(self, subscription_id: UUID) -> bytes | None:
        """Sign with a new secret too from now on, and return it, this once.

        The last few before it go on signing beside it. None where there is none.
        """
        ...
