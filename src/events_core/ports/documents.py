"""What a store of documents stands on: where they are kept, and nothing else.

``events_core.documents.DocumentStore`` is a whole store over this. The rules of
events, who waits for whom, and what a unit of work has not committed yet are its
business.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from attrs import frozen

from events_core.domain.identity import TenantId

T = TypeVar("T")

#: What a document is found by; see ``Write``.
Key = tuple[str, ...]


@frozen
class Write:
    """A document for a place, or None: what is there goes, if anything.

    A place is a kind of documents and a key; no two documents are in one. The kind is
    the class of the document, and no two kinds have one name. A key has one to four
    parts, each ASCII, not empty and without a slash: it can be kept as one text.
    """

    kind: type
    key: Key
    document: object | None


class Documents(Protocol):
    """Where the documents of every tenant are kept.

    A document is a value of attrs: the store changes none, and nobody else gets one
    whose insides can be changed, so it may be kept as it is; ``documents.to_text``
    makes JSON of it.

    Any number of ``find`` and ``write`` may be under way at once, of one event loop.
    Not asked for: that reads see what was there at one moment, or that writes compare
    anything; the store lets nobody else write what it decides by.
    """

    async def find(
        self, tenant_id: TenantId, kind: type[T], start: Key
    ) -> dict[Key, T]:
        """Return the documents of a kind whose keys begin with these parts.

        In the order in which they were first written; one that is written again keeps
        its place. What every key begins with is ``()``. The dictionary is the caller's.

        Raises:
            StoreUnavailable: they cannot be read.
        """
        ...

    async def write(self, tenant_id: TenantId, writes: Sequence[Write]) -> None:
        """Write in this order, all or none; once it returns, no crash undoes it.

        Cancelled, or raising, it has written all or none, and writes nothing later.

        Raises:
            StoreUnavailable: whether it has is not known.
        """
        ...
