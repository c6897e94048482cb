"""Requests that arrive again: done once, answered as often as asked.

What a transport needs so that a retried request has no second effect, and so that
a captured signature cannot be used under another name. The rules are in
``docs/how-to/repeats.md``; the ports only remember.
"""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from attrs import frozen

from events_core.domain.identity import TenantId, UserId


@frozen
class RepeatKey:
    """What makes two requests the same one.

    ``key`` is the digest of whatever the caller is identified by: her request id
    with method, path and body, or her idempotency key.
    """

    tenant_id: TenantId
    user_id: UserId
    key: bytes


@frozen
class KeptAnswer:
    """The first answer, as bytes the transport understands."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@frozen
class Claimed:
    """The request is ours to do. ``seed`` is the same however often it is claimed.

    Whoever makes something new for this request takes ``seed`` for its id: then a
    request that was done by somebody who died before keeping the answer makes the
    same thing again, and not a second one.
    """

    seed: UUID


@frozen
class AlreadyDone:
    """The request was done. ``fingerprint`` tells what request that was."""

    fingerprint: bytes
    answer: KeptAnswer


@frozen
class InProgress:
    """Somebody else is doing it right now. ``fingerprint`` tells what request."""

    fingerprint: bytes


class Repeats(Protocol):
    """Remembers requests and their first answers."""

    async def claim(
        self,
        key: RepeatKey,
        fingerprint: bytes,
        *,
        seed: UUID,
        now: datetime,
        keep_for: timedelta,
    ) -> Claimed | AlreadyDone | InProgress:
        """Claim a request, or say what became of it.

        Exactly one of any number of simultaneous callers gets ``Claimed``. A claim
        that was released, or whose holder did neither that nor keep an answer within
        30 s, is given to the next who asks: with the first one's seed when the
        fingerprint is the same, else with the seed that was brought. What is older
        than its ``keep_for`` is as if it had never been.

        Raises:
            StoreUnavailable: nothing can be told; nothing was claimed.
        """
        ...

    async def keep(self, key: RepeatKey, answer: KeptAnswer) -> None:
        """Keep the answer of a claimed request.

        Does nothing where there is no claim or an answer was kept.
        """
        ...

    async def release(self, key: RepeatKey) -> None:
        """Give a claim back; whoever asks next may have it at once.

        The seed is remembered: that a request failed does not always mean that it
        did nothing. Does nothing where there is no claim or an answer was kept.
        """
        ...


class Signatures(Protocol):
    """Remembers which signature came with which context."""

    async def admit(
        self, signature: bytes, context: bytes, *, now: datetime, until: datetime
    ) -> bool:
        """Tell whether the signature may be used with this context.

        True for a signature never seen, or seen with the very same context; False
        when it came with another one. Of simultaneous first uses with different
        contexts exactly one is admitted. Remembered until ``until`` at least; not
        promised: that it is forgotten soon after.

        Raises:
            StoreUnavailable: nothing can be told.
        """
        ...
