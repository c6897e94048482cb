"""Where the edge ends and the operations begin.

The edge knows requests: limits, who is asking, repeats, envelopes. The operations
know the core. They meet in the few values here: an operation receives a ``Call``
that is already checked and returns an ``Answer``, or raises one of the core's errors.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

from attrs import field, frozen

from events_core.domain.actors import Actor
from events_core.usecases.core import EventsCore

JSON = "application/json"
ONLY_JSON = frozenset({JSON})

#: What a JSON body may be called. RFC 7396 gives a PATCH a name of its own.
JSON_BODIES = ONLY_JSON | {"application/merge-patch+json"}

#: The methods that promise to change nothing (RFC 9110, 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD"})


@frozen
class Call:
    """One request, whoever asks vouched for, everything she sent checked.

    ``query`` and ``body`` are validated and folded to camelCase by the contract;
    ``body`` is None where none was sent. ``path_params`` are as the path spells them:
    ids have been found to be UUIDs, ``version`` to be digits. ``headers`` have
    lower-case names; of several of one name, the values joined by ``", "``.

    ``seed`` is the id for whatever a create makes: the same whenever the same request
    is done again, so that a retry cannot make a second one.
    """

    core: EventsCore = field(repr=False)
    actor: Actor
    operation_id: str
    path_params: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    seed: UUID


@frozen
class Answer:
    """What goes back. ``headers`` beside Content-Type and Content-Length, as sent."""

    status: int
    body: bytes = field(default=b"", repr=False)
    media_type: str | None = JSON
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Call], Awaitable[Answer]]

#: Takes note of who is about to change something, before it is done.
Hear = Callable[[Actor], Awaitable[None]]


async def hear_nobody(_actor: Actor) -> None:
    """Take note of nobody."""


@frozen
class Operation:
    """One row of the route table.

    ``path`` is canonical, below ``/api/v1``, spelled as in the contract, such as
    ``/events/{event_id}/rsvp``. A parameter whose name ends in ``id`` is matched as a
    UUID, one called ``version`` as digits, any other as one segment of any text.

    ``may_repeat`` is awaited before a kept answer is given again, and raises what the
    handler would raise to somebody who has lost the permission since. None for what
    is done each time it is asked and leaves nothing to repeat: what only reads, and
    the erasure of a person, whose kept answer would be all that is left of her.

    ``is_kept`` is False for an answer that holds a secret: what comes again is done
    again, once the first is over, with the same seed, and makes no second thing.

    ``takes`` names the media types a body may have; another is 415. ``body_limit`` is
    in bytes; None for the limit that holds everywhere.
    """

    method: str
    path: str
    operation_id: str
    handler: Handler
    may_repeat: Callable[[Call], Awaitable[None]] | None = None
    takes: frozenset[str] = JSON_BODIES
    body_limit: int | None = None
    is_kept: bool = True

    @property
    def changes(self) -> bool:
        """Whether it may change something, so that repeating it matters."""
        return self.method not in SAFE_METHODS


class Contract(Protocol):
    """What the requests of each operation must look like."""

    def check(
        self, operation_id: str, query_string: bytes, body: bytes
    ) -> tuple[Mapping[str, Any], Any]:
        """Return the query and the body, validated and folded to camelCase.

        ``query_string`` and ``body`` are as received; an empty body is none, and
        comes back as None where the operation does not demand one.

        Raises:
            EdgeError: for what is malformed (400), too deep (413) or against the
                schema (422); nothing else, whatever the bytes are.
        """
        ...
