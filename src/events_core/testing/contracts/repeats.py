"""What every ``Repeats`` and every ``Signatures`` promises.

Subclass a suite and override its factory. Each test works with keys of its own, so
the factory may return the same store again and again.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from uuid import UUID

import pytest

from events_core.domain.identity import TenantId, UserId
from events_core.ports.repeats import (
    AlreadyDone,
    Claimed,
    InProgress,
    KeptAnswer,
    RepeatKey,
    Repeats,
    Signatures,
)

NOW = datetime(2027, 3, 21, 19, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
IN_LEASE = NOW + timedelta(seconds=29)
AFTER_LEASE = NOW + timedelta(seconds=31)

ANSWER = KeptAnswer(
    201,
    (("Content-Type", "application/json"), ("Location", "/api/v1/events/1")),
    b'{"title": "\xd0\x90"}\x00\xff',
)


def new_uuid() -> UUID:
    """Return a UUID nobody has used."""
    return UUID(bytes=token_bytes(16), version=4)


def new_key() -> RepeatKey:
    """Return a key nobody has used."""
    return RepeatKey(TenantId(new_uuid()), UserId(new_uuid()), token_bytes(32))


async def claim(
    repeats: Repeats,
    key: RepeatKey,
    fingerprint: bytes = b"this",
    *,
    seed: UUID | None = None,
    now: datetime = NOW,
    keep_for: timedelta = DAY,
) -> Claimed | AlreadyDone | InProgress:
    """Claim with what does not matter to the test filled in."""
    return await repeats.claim(
        key, fingerprint, seed=seed or new_uuid(), now=now, keep_for=keep_for
    )


class RepeatsContract:
    """Requests are done once, whoever asks, and however many at a time."""

    @pytest.fixture
    def make_repeats(self) -> Callable[[], Repeats]:
        """Return a factory of the implementation under test."""
        raise NotImplementedError

    @pytest.fixture
    def repeats(self, make_repeats: Callable[[], Repeats]) -> Repeats:
        return make_repeats()

    async def test_the_first_may_do_it_with_the_seed_she_brought(
        self, repeats: Repeats
    ) -> None:
        seed = new_uuid()
        assert await claim(repeats, new_key(), seed=seed) == Claimed(seed)

    async def test_the_second_hears_that_it_is_being_done(
        self, repeats: Repeats
    ) -> None:
        key = new_key()
        await claim(repeats, key, b"this")
        assert await claim(repeats, key, b"that") == InProgress(b"this")
        assert await claim(repeats, key, b"this", now=IN_LEASE) == InProgress(b"this")

    async def test_of_many_at_once_exactly_one_may_do_it(
        self, repeats: Repeats
    ) -> None:
        key = new_key()
        outcomes = await asyncio.gather(*(claim(repeats, key) for _ in range(12)))
        assert sum(isinstance(one, Claimed) for one in outcomes) == 1
        assert sum(one == InProgress(b"this") for one in outcomes) == 11

    async def test_once_done_it_gets_the_first_answer_as_it_was(
        self, repeats: Repeats
    ) -> None:
        key = new_key()
        await claim(repeats, key, b"this")
        await repeats.keep(key, ANSWER)
        assert await claim(repeats, key, b"that") == AlreadyDone(b"this", ANSWER)
        later = NOW + timedelta(hours=23)
        assert await claim(repeats, key, now=later) == AlreadyDone(b"this", ANSWER)

    async def test_an_answer_nobody_claimed_is_not_kept(self, repeats: Repeats) -> None:
        key, seed = new_key(), new_uuid()
        await repeats.keep(key, ANSWER)
        assert await claim(repeats, key, seed=seed) == Claimed(seed)

    async def test_the_first_answer_kept_stays(self, repeats: Repeats) -> None:
        key = new_key()
        await claim(repeats, key)
        await repeats.keep(key, ANSWER)
        await repeats.keep(key, KeptAnswer(200, (), b"another"))
        assert await claim(repeats, key) == AlreadyDone(b"this", ANSWER)

    async def test_what_was_released_may_be_done_at_once_with_the_first_seed(
        self, repeats: Repeats
    ) -> None:
        key, first = new_key(), new_uuid()
        await claim(repeats, key, seed=first)
        await repeats.release(key)
        assert await claim(repeats, key) == Claimed(first)
        assert await claim(repeats, key) == InProgress(b"this")

    async def test_another_request_under_a_released_key_has_its_own_seed(
        self, repeats: Repeats
    ) -> None:
        key, seed = new_key(), new_uuid()
        await claim(repeats, key, b"this")
        await repeats.release(key)
        assert await claim(repeats, key, b"that", seed=seed) == Claimed(seed)
        assert await claim(repeats, key, b"this") == InProgress(b"that")

    async def test_what_was_released_keeps_no_late_answer(
        self, repeats: Repeats
    ) -> None:
        key = new_key()
        await claim(repeats, key)
        await repeats.release(key)
        await repeats.keep(key, ANSWER)
        assert isinstance(await claim(repeats, key), Claimed)

    async def test_releasing_does_not_lose_a_kept_answer(
        self, repeats: Repeats
    ) -> None:
        key = new_key()
        await claim(repeats, key)
        await repeats.keep(key, ANSWER)
        await repeats.release(key)
        assert await claim(repeats, key) == AlreadyDone(b"this", ANSWER)

    async def test_releasing_what_nobody_claimed_does_nothing(
        self, repeats: Repeats
    ) -> None:
        key, seed = new_key(), new_uuid()
        await repeats.release(key)
        assert await claim(repeats, key, seed=seed) == Claimed(seed)

    async def test_who_died_is_followed_by_exactly_one_with_her_seed(
        self, repeats: Repeats
    ) -> None:
        key, first = new_key(), new_uuid()
        await claim(repeats, key, seed=first)
        outcomes = await asyncio.gather(
            *(claim(repeats, key, now=AFTER_LEASE) for _ in range(12))
        )
        assert outcomes.count(Claimed(first)) == 1
        assert outcomes.count(InProgress(b"this")) == 11

    async def test_who_follows_the_dead_has_a_lease_of_her_own(
        self, repeats: Repeats
    ) -> None:
        key, first = new_key(), new_uuid()
        await claim(repeats, key, seed=first)
        await claim(repeats, key, now=AFTER_LEASE)
        second_lease = AFTER_LEASE + timedelta(seconds=29)
        assert await claim(repeats, key, now=second_lease) == InProgress(b"this")
        over = AFTER_LEASE + timedelta(seconds=31)
        assert await claim(repeats, key, now=over) == Claimed(first)

    async def test_another_request_after_the_dead_has_its_own_seed(
        self, repeats: Repeats
    ) -> None:
        key, seed = new_key(), new_uuid()
        await claim(repeats, key, b"this")
        outcome = await claim(repeats, key, b"that", seed=seed, now=AFTER_LEASE)
        assert outcome == Claimed(seed)

    async def test_a_kept_answer_outlives_the_lease(self, repeats: Repeats) -> None:
        key = new_key()
        await claim(repeats, key)
        await repeats.keep(key, ANSWER)
        outcome = await claim(repeats, key, now=AFTER_LEASE)
        assert outcome == AlreadyDone(b"this", ANSWER)

    @pytest.mark.parametrize("answer", [ANSWER, None])
    async def test_what_is_too_old_has_never_been(
        self, repeats: Repeats, answer: KeptAnswer | None
    ) -> None:
        key, seed = new_key(), new_uuid()
        minute = timedelta(minutes=1)
        await claim(repeats, key, keep_for=10 * minute)
        if answer is not None:
            await repeats.keep(key, answer)
        outcome = await claim(repeats, key, seed=seed, now=NOW + 11 * minute)
        assert outcome == Claimed(seed)
        assert await claim(repeats, key, now=NOW + 11 * minute) == InProgress(b"this")

    async def test_tenants_people_and_keys_do_not_meet(self, repeats: Repeats) -> None:
        key = new_key()
        others = [
            RepeatKey(TenantId(new_uuid()), key.user_id, key.key),
            RepeatKey(key.tenant_id, UserId(new_uuid()), key.key),
            RepeatKey(key.tenant_id, key.user_id, token_bytes(32)),
        ]
        await claim(repeats, key)
        await repeats.keep(key, ANSWER)
        for other in others:
            seed = new_uuid()
            assert await claim(repeats, other, seed=seed) == Claimed(seed)
            await repeats.release(other)
        assert await claim(repeats, key) == AlreadyDone(b"this", ANSWER)


class SignaturesContract:
    """A signature serves the context it came with, and no other."""

    UNTIL = NOW + timedelta(seconds=300)

    @pytest.fixture
    def make_signatures(self) -> Callable[[], Signatures]:
        """Return a factory of the implementation under test."""
        raise NotImplementedError

    @pytest.fixture
    def signatures(self, make_signatures: Callable[[], Signatures]) -> Signatures:
        return make_signatures()

    async def test_a_signature_serves_its_context_again_and_again(
        self, signatures: Signatures
    ) -> None:
        seen, context = token_bytes(32), token_bytes(32)
        for _ in range(3):
            assert await signatures.admit(seen, context, now=NOW, until=self.UNTIL)

    async def test_a_signature_does_not_serve_another_context(
        self, signatures: Signatures
    ) -> None:
        seen, context = token_bytes(32), token_bytes(32)
        until = self.UNTIL
        assert await signatures.admit(seen, context, now=NOW, until=until)
        for _ in range(2):
            assert not await signatures.admit(
                seen, token_bytes(32), now=NOW, until=until
            )
        assert await signatures.admit(seen, context, now=NOW, until=until)

    async def test_signatures_do_not_meet(self, signatures: Signatures) -> None:
        for _ in range(2):
            assert await signatures.admit(
                token_bytes(32), token_bytes(32), now=NOW, until=self.UNTIL
            )

    async def test_a_signature_is_remembered_to_the_end(
        self, signatures: Signatures
    ) -> None:
        seen, until = token_bytes(32), self.UNTIL
        assert await signatures.admit(seen, b"hers", now=NOW, until=until)
        assert not await signatures.admit(seen, b"his", now=until, until=until)

    async def test_of_many_contexts_at_once_exactly_one_is_admitted(
        self, signatures: Signatures
    ) -> None:
        seen = token_bytes(32)
        contexts = [token_bytes(32) for _ in range(12)]

        async def admitted(context: bytes) -> bool:
            return await signatures.admit(seen, context, now=NOW, until=self.UNTIL)

        outcomes = await asyncio.gather(*map(admitted, contexts))
        assert sum(outcomes) == 1
        again = await asyncio.gather(*map(admitted, contexts))
        assert again == outcomes
