"""The facts of one tenant, for who fetches them herself."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol
from uuid import UUID

from attrs import field, frozen

from events_core.domain.publication import Audience


@frozen
class FeedPlace:
    """Up to where somebody has read: a position, and up to where there were facts that
    were no longer kept when she began.

    What was missing already when she began, she did not miss. ``mark`` tells the fact
    at that position from any other; 0 where it is not known. Places are compared
    without it.
    """

    position: int
    gone: int
    mark: int = field(default=0, eq=False)

    @staticmethod
    def mark_of(message_id: UUID) -> int:
        """Return what marks a fact, and says nothing of its id: below 2 ** 48."""
        digest = blake2b(message_id.bytes, digest_size=6).digest()
        return int.from_bytes(digest) or 1


@frozen(kw_only=True)
class FactPage:
    """Some facts as they are told, in their order.

    ``place`` is up to where was read, whatever was found there; ``more`` says that
    there is more to read at once.
    """

    texts: Sequence[str]
    place: FeedPlace
    more: bool


class FactFeed(Protocol):
    """The facts of one tenant, for who fetches them herself."""

    async def read(
        self, audience: Audience, *, after: FeedPlace | None, limit: int
    ) -> FactPage:
        """Return the next facts that the audience is told of, after a place.

        From the oldest that is kept where none is given. Who goes on after the place
        of each page gets every fact: none comes to a position that was passed. A page
        can be empty though there is more: what is looked through at once is bounded.

        Raises:
            FactsGone: something of what comes next is no longer kept; or what was
                read last is not there, or something else is: the facts are of a
                backup, or of a standby that had not got all of them.
        """
        ...
