"""Requests and signatures remembered in memory, with the whole promise of the ports."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from attrs import define, evolve, field, frozen

from events_core.ports.repeats import (
    AlreadyDone,
    Claimed,
    InProgress,
    KeptAnswer,
    RepeatKey,
    Repeats,
    Signatures,
)

LEASE = timedelta(seconds=30)


@frozen
class _Request:
    fingerprint: bytes
    seed: UUID
    leased_until: datetime | None
    forgotten_at: datetime
    answer: KeptAnswer | None = None


@define
class MemoryRepeats:
    """``Repeats`` for one process. Nothing is awaited inside, so nothing can race."""

    _requests: dict[RepeatKey, _Request] = field(factory=dict, init=False)

    async def claim(
        self,
        key: RepeatKey,
        fingerprint: bytes,
        *,
        seed: UUID,
        now: datetime,
        keep_for: timedelta,
    ) -> Claimed | AlreadyDone | InProgress:
        """See ``Repeats.claim``."""
        known = self._requests.get(key)
        if known is not None and known.forgotten_at > now:
            if known.answer is not None:
                return AlreadyDone(known.fingerprint, known.answer)
            if known.leased_until is not None and known.leased_until > now:
                return InProgress(known.fingerprint)
            if known.fingerprint == fingerprint:
                seed = known.seed
        self._requests[key] = _Request(
            fingerprint, seed, leased_until=now + LEASE, forgotten_at=now + keep_for
        )
        return Claimed(seed)

    async def keep(self, key: RepeatKey, answer: KeptAnswer) -> None:
        """See ``Repeats.keep``."""
        claimed = self._claimed(key)
        if claimed is not None:
            self._requests[key] = evolve(claimed, answer=answer, leased_until=None)

    async def release(self, key: RepeatKey) -> None:
        """See ``Repeats.release``."""
        claimed = self._claimed(key)
        if claimed is not None:
            self._requests[key] = evolve(claimed, leased_until=None)

    def _claimed(self, key: RepeatKey) -> _Request | None:
        known = self._requests.get(key)
        return known if known is not None and known.leased_until is not None else None


@define
class MemorySignatures:
    """``Signatures`` for one process. Forgets nothing."""

    _contexts: dict[bytes, bytes] = field(factory=dict, init=False)

    async def admit(
        self, signature: bytes, context: bytes, *, now: datetime, until: datetime
    ) -> bool:
        """See ``Signatures.admit``."""
        return self._contexts.setdefault(signature, context) == context


def _satisfies_ports() -> tuple[Callable[[], Repeats], Callable[[], Signatures]]:
    return MemoryRepeats, MemorySignatures
