import asyncio

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from adapters.portal.answers import CachePolicy, SharedAnswers
from tests.unit.adapters.portal.conftest import Ticks, until

PATIENCE = 5.0
HER = "she"


@define
class Authority:
    """Says of a key what it was told to say; of others nothing. Remembers the asking.

    While ``gate`` is closed, whoever asks waits.
    """

    says: dict[str, bool] = field(factory=dict)
    asked: list[str] = field(factory=list)
    gate: asyncio.Event = field(factory=asyncio.Event)
    given_up: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.gate.set()

    async def __call__(self, key: str) -> bool | None:
        self.asked.append(key)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.given_up.append(key)
            raise
        return self.says.get(key)


def answers(
    ticks: Ticks | None = None,
    *,
    yes_seconds: float = 30,
    no_seconds: float = 5,
    capacity: int = 100,
) -> SharedAnswers[str, str, bool]:
    return SharedAnswers(
        CachePolicy(yes_seconds, no_seconds, capacity),
        is_yes=lambda answer: answer,
        monotonic=ticks or Ticks(),
    )


async def test_what_is_asked_is_told_and_the_rest_left_out() -> None:
    authority = Authority({"yes": True, "no": False})
    told = await answers().collect(
        HER, ["yes", "none", "no"], authority, within=PATIENCE
    )
    assert told == {"yes": True, "no": False}


async def test_each_key_is_asked_once_however_often_it_is_named() -> None:
    authority = Authority({"a": True})
    await answers().collect(HER, ["a", "a", "b", "a"], authority, within=PATIENCE)
    assert sorted(authority.asked) == ["a", "b"]


@pytest.mark.parametrize(("answer", "lifetime"), [(True, 30), (False, 5)])
async def test_an_answer_is_kept_for_its_time_and_not_longer(
    answer: bool,  # noqa: FBT001
    lifetime: float,
) -> None:
    ticks, authority = Ticks(), Authority({"key": answer})
    shared = answers(ticks)
    await shared.collect(HER, ["key"], authority, within=PATIENCE)
    ticks.seconds += lifetime - 0.001
    assert await shared.collect(HER, ["key"], authority, within=PATIENCE) == {
        "key": answer
    }
    assert len(authority.asked) == 1
    ticks.seconds += 0.001
    authority.says["key"] = not answer
    assert await shared.collect(HER, ["key"], authority, within=PATIENCE) == {
        "key": not answer
    }


async def test_being_read_does_not_prolong_an_answers_life() -> None:
    ticks, authority = Ticks(), Authority({"key": True})
    shared = answers(ticks)
    for _ in range(31):
        await shared.collect(HER, ["key"], authority, within=PATIENCE)
        ticks.seconds += 1
    assert len(authority.asked) == 2


async def test_an_answers_age_counts_from_the_asking() -> None:
    ticks, authority = Ticks(), Authority({"key": True})
    shared = answers(ticks)
    authority.gate.clear()
    asking = asyncio.create_task(
        shared.collect(HER, ["key"], authority, within=PATIENCE)
    )
    await until(lambda: authority.asked)
    ticks.seconds += 30
    authority.gate.set()
    assert await asking == {"key": True}
    await shared.collect(HER, ["key"], authority, within=PATIENCE)
    assert len(authority.asked) == 2


async def test_no_answer_is_never_kept() -> None:
    authority = Authority()
    shared = answers()
    assert await shared.collect(HER, ["key"], authority, within=PATIENCE) == {}
    authority.says["key"] = True
    assert await shared.collect(HER, ["key"], authority, within=PATIENCE) == {
        "key": True
    }


async def test_zero_seconds_keep_nothing() -> None:
    authority = Authority({"yes": True, "no": False})
    shared = answers(yes_seconds=0, no_seconds=0)
    await shared.collect(HER, ["yes", "no"], authority, within=PATIENCE)
    await shared.collect(HER, ["yes", "no"], authority, within=PATIENCE)
    assert len(authority.asked) == 4


async def test_nobody_is_told_what_somebody_else_was() -> None:
    hers, his = Authority({"key": True}), Authority({"key": False})
    shared = answers()
    hers.gate.clear()
    both = asyncio.gather(
        shared.collect("she", ["key"], hers, within=PATIENCE),
        shared.collect("he", ["key"], his, within=PATIENCE),
    )
    await until(lambda: hers.asked)
    hers.gate.set()
    assert [*await both] == [{"key": True}, {"key": False}]
    assert await shared.collect("she", ["key"], hers, within=0) == {"key": True}
    assert await shared.collect("he", ["key"], his, within=0) == {"key": False}
    assert hers.asked == his.asked == ["key"]


async def test_of_too_many_the_longest_unused_are_forgotten() -> None:
    authority = Authority({"key": True})
    shared = answers(capacity=2)

    async def asked_for(asker: str) -> bool:
        before = len(authority.asked)
        await shared.collect(asker, ["key"], authority, within=PATIENCE)
        return len(authority.asked) > before

    assert [await asked_for(asker) for asker in "abaca"] == [
        *(True, True, False, True, False)
    ]
    assert await asked_for("b")


async def test_of_one_askers_too_many_the_oldest_are_forgotten() -> None:
    authority = Authority(dict.fromkeys("abcd", True))
    shared = answers(capacity=3)
    await shared.collect(HER, "abcd", authority, within=PATIENCE)
    authority.asked.clear()
    await shared.collect(HER, "dcb", authority, within=PATIENCE)
    assert authority.asked == []
    await shared.collect(HER, "a", authority, within=PATIENCE)
    assert authority.asked == ["a"]


async def test_what_is_forgotten_is_not_counted_any_more() -> None:
    authority = Authority(dict.fromkeys("abcd", True))
    ticks = Ticks()
    shared = answers(ticks, capacity=3)
    for asker, keys in (("she", "ab"), ("he", "ab"), ("she", "abcd"), ("he", "a")):
        await shared.collect(asker, keys, authority, within=PATIENCE)
        ticks.seconds += 31
    (entries,) = (
        reading.value
        for reading in shared.readings("trial")
        if reading.name == "cache_entries"
    )
    assert entries == 3
    assert await shared.collect("he", "a", authority, within=PATIENCE) == {"a": True}


async def test_only_so_many_unknown_keys_are_asked_the_known_ones_not_counted() -> None:
    authority = Authority(dict.fromkeys("abcdef", True))
    shared = answers()
    first = await shared.collect(HER, "abcdef", authority, within=PATIENCE, at_most=4)
    assert set(first) == set("abcd")
    second = await shared.collect(HER, "abcdef", authority, within=PATIENCE, at_most=4)
    assert set(second) == set("abcdef")
    assert sorted(authority.asked) == list("abcdef")


async def test_what_is_late_is_left_out_and_the_rest_told() -> None:
    late, prompt = Authority({"late": True}), Authority({"prompt": True})
    late.gate.clear()

    async def ask(key: str) -> bool | None:
        return await (late if key == "late" else prompt)(key)

    told = await answers().collect(HER, ["late", "prompt"], ask, within=0.05)
    assert told == {"prompt": True}
    await until(lambda: late.given_up)


async def test_who_asks_the_same_meanwhile_shares_the_question() -> None:
    authority = Authority({"key": True})
    shared = answers()
    authority.gate.clear()
    asking = [
        asyncio.create_task(shared.collect(HER, ["key"], authority, within=PATIENCE))
        for _ in range(50)
    ]
    await until(lambda: authority.asked)
    authority.gate.set()
    assert await asyncio.gather(*asking) == [{"key": True}] * 50
    assert authority.asked == ["key"]


async def test_who_gives_up_leaves_the_question_to_the_others() -> None:
    authority = Authority({"key": True})
    shared = answers()
    authority.gate.clear()
    first, second = (
        asyncio.create_task(shared.collect(HER, ["key"], authority, within=PATIENCE))
        for _ in range(2)
    )
    await until(lambda: authority.asked)
    first.cancel()
    await asyncio.wait([first])
    authority.gate.set()
    assert await second == {"key": True}
    assert authority.given_up == []


async def test_a_question_nobody_waits_for_is_dropped() -> None:
    authority = Authority({"key": True})
    shared = answers()
    authority.gate.clear()
    asking = [
        asyncio.create_task(shared.collect(HER, ["key"], authority, within=PATIENCE))
        for _ in range(2)
    ]
    await until(lambda: authority.asked)
    for asker in asking:
        asker.cancel()
    await asyncio.wait(asking)
    await until(lambda: authority.given_up)


async def test_a_dropped_question_is_asked_anew_at_once() -> None:
    authority = Authority({"key": True})
    shared = answers()
    authority.gate.clear()
    dropped = asyncio.create_task(
        shared.collect(HER, ["key"], authority, within=PATIENCE)
    )
    await until(lambda: authority.asked)
    dropped.cancel()
    await asyncio.wait([dropped])
    authority.gate.set()
    assert await shared.collect(HER, ["key"], authority, within=PATIENCE) == {
        "key": True
    }


async def test_a_failed_question_is_not_shared_with_who_comes_later() -> None:
    slow = asyncio.Event()
    says: dict[str, bool] = {"slow": True}
    asked: list[str] = []

    async def ask(key: str) -> bool | None:
        asked.append(key)
        if key == "slow":
            await slow.wait()
        return says.get(key)

    shared = answers()
    first = asyncio.create_task(
        shared.collect(HER, ["key", "slow"], ask, within=PATIENCE)
    )
    await until(lambda: len(asked) == 2)
    await asyncio.sleep(0)
    says["key"] = True
    assert await shared.collect(HER, ["key"], ask, within=PATIENCE) == {"key": True}
    slow.set()
    assert await first == {"slow": True}


async def test_a_mistake_in_the_asking_is_not_hidden() -> None:
    async def ask(key: str) -> bool | None:
        raise LookupError(key)

    with pytest.raises(LookupError):
        await answers().collect(HER, ["key"], ask, within=PATIENCE)


@pytest.mark.parametrize("field_name", ["yes_seconds", "no_seconds", "capacity"])
def test_a_policy_has_no_negative_numbers(field_name: str) -> None:
    with pytest.raises(ValueError, match=field_name):
        CachePolicy(**{field_name: -1})


steps = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from([True, False, None]),
        st.sampled_from([0.0, 1.0, 4.5, 10.0, 31.0]),
    ),
    max_size=30,
)


@given(steps)
async def test_whatever_happens_an_answer_was_true_within_its_lifetime(
    history: list[tuple[str, bool | None, float]],
) -> None:
    ticks = Ticks()
    shared = answers(ticks)
    truth: dict[str, bool] = {}
    last_asked: dict[str, tuple[float, bool]] = {}

    async def authority(key: str) -> bool | None:
        if key in truth:
            last_asked[key] = (ticks.seconds, truth[key])
        return truth.get(key)

    for key, now_true, pause in history:
        if now_true is None:
            truth.pop(key, None)
        else:
            truth[key] = now_true
        told = await shared.collect(HER, ["a", "b"], authority, within=PATIENCE)
        for told_key, answer in told.items():
            at, said = last_asked[told_key]
            assert answer is said
            assert ticks.seconds - at < (30 if answer else 5)
        assert truth.keys() <= told.keys()
        ticks.seconds += pause
