"""Whom nobody vouches for may ask so often; others as often as they like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.edge.turnstile import MOST_ADDRESSES, Turnstile
from adapters.http.errors import RateLimited
from adapters.http.settings import Limits
from tests.unit.adapters.http.edge.toy import EVENTS, Service, check_envelope, limited

FAR = ("203.0.113.7", 4711)
RARELY = limited(Limits(open_a_second=0.001, open_burst=3))


def passes(turnstile: Turnstile, address: str, now: float) -> bool:
    try:
        turnstile.take(address, now)
    except RateLimited:
        return False
    return True


@given(
    st.integers(1, 5),
    st.integers(1, 4),
    st.lists(st.integers(0, 8).map(lambda eighths: eighths / 8), max_size=60),
)
def test_in_no_stretch_of_time_do_more_pass_than_may(
    burst: int, a_second: int, pauses: list[float]
) -> None:
    turnstile, now, passed = Turnstile(a_second, burst), 0.0, list[float]()
    for pause in pauses:
        now += pause
        if passes(turnstile, "a", now):
            passed.append(now)
            for number, since in enumerate(passed):
                within = len(passed) - number
                assert within <= burst + (now - since) * a_second + 1e-6
        else:
            recent = [one for one in passed if now - one < burst / a_second]
            assert len(recent) >= burst


def test_a_whole_burst_passes_at_any_time_and_rate() -> None:
    turnstile = Turnstile(3, 2)
    assert [passes(turnstile, "a", 2.5) for _ in range(3)] == [True, True, False]


def test_who_waits_as_long_as_she_is_told_passes() -> None:
    turnstile = Turnstile(4, 2)
    assert passes(turnstile, "a", 10)
    assert passes(turnstile, "a", 10)
    with pytest.raises(RateLimited) as refused:
        turnstile.take("a", 10)
    assert refused.value.retry_after == 0.25
    assert not passes(turnstile, "a", 10.24)
    assert passes(turnstile, "a", 10.25)
    assert passes(turnstile, "b", 10.25)


def test_of_very_many_addresses_those_that_asked_last_are_kept() -> None:
    turnstile = Turnstile(0.001, 1)
    for number in range(MOST_ADDRESSES + 1):
        turnstile.take(str(number), 0)
    assert passes(turnstile, "0", 0)
    assert not passes(turnstile, str(MOST_ADDRESSES), 0)


@pytest.mark.parametrize("path", ["/health", "/metrics/prometheus", "/health/ready/"])
async def test_what_needs_no_signature_is_not_answered_ever_faster(path: str) -> None:
    service = Service(client_address=FAR, settings=RARELY)
    first = [(await service.send("GET", path)).status_code for _ in range(3)]
    assert 429 not in first
    answer = await service.send("GET", path)
    check_envelope(answer, 429, "RATE_LIMITED")
    assert int(answer.headers["retry-after"]) > 900
    assert (await service.call("GET", EVENTS)).status_code == 200
    service.client_address = ("203.0.113.8", 1)
    assert (await service.send("GET", "/health")).status_code == 200


async def test_who_asks_from_this_machine_may_ask_ever_so_often() -> None:
    service = Service(settings=RARELY)
    answers = [await service.send("GET", "/health") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    answers = [
        await service.send("GET", "/health", headers=forwarded) for _ in range(4)
    ]
    assert answers[-1].status_code == 429
