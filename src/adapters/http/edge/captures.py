"""Signatures that were captured, and come again under another name.

A signature holds for its window whoever sends it, and leaves out who she is and what
she asks for in the query. So the first context it comes with is the only one.
"""

from collections import OrderedDict
from datetime import UTC, datetime, timedelta

import structlog

from adapters import signing
from adapters.http.edge.context import SignedContext
from adapters.http.errors import Unauthorized
from events_core.ports.repeats import Signatures

_log = structlog.get_logger(__name__)


class Captures:
    """Refuses a signature under any context but its first.

    For requests that change something, whatever process they come to: ``signatures``
    is shared. For those that only read each process remembers its own, and of these
    the latest ``limit``.
    """

    def __init__(self, signatures: Signatures, *, limit: int) -> None:
        self._shared = signatures
        self._own = _Recent(limit)

    async def check(
        self, context: SignedContext, *, changes: bool, now: datetime
    ) -> None:
        """Check that the signature has not come with another context.

        Raises:
            Unauthorized: it has.
            StoreUnavailable: nobody can tell, for a request that changes something.
        """
        window = timedelta(seconds=signing.WINDOW_SECONDS + 1)
        until = datetime.fromtimestamp(context.signed_at, UTC) + window
        if changes:
            admitted = await self._shared.admit(
                context.signature, context.bound, now=now, until=until
            )
        else:
            admitted = self._own.admit(
                context.signature, context.bound, now=now, until=until
            )
        if not admitted:
            _log.warning("captured signature refused")
            raise Unauthorized

    @property
    def remembered(self) -> int:
        """How many signatures this process remembers by itself."""
        return len(self._own)


class _Recent:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: OrderedDict[bytes, tuple[bytes, datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def admit(
        self, signature: bytes, context: bytes, *, now: datetime, until: datetime
    ) -> bool:
        while self._seen and next(iter(self._seen.values()))[1] < now:
            self._seen.popitem(last=False)
        first, _ = self._seen.setdefault(signature, (context, until))
        while len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        return first == context
