"""What an answer means, and when to try again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbox.client import Answer
from adapters.outbox.retries import SCHEDULE, Verdict, asked_wait, judge
from events_core.ports.outbox import Kind, Outcome

NOW = datetime(2027, 3, 15, 12, tzinfo=UTC)


def verdict(
    status: int | None,
    *,
    attempt: int = 1,
    kind: Kind = Kind.STANDARD,
    chance: float = 0.5,
    retry_after: str | None = None,
) -> Verdict:
    return judge(
        Answer(status, None, retry_after),
        kind=kind,
        attempt=attempt,
        now=NOW.timestamp,
        chance=lambda: chance,
    )


def test_the_first_retries_come_quickly_and_the_last_within_three_days() -> None:
    waits = [verdict(500, attempt=n).after for n in range(1, len(SCHEDULE) + 1)]
    first = [wait.total_seconds() for wait in waits[:6]]
    assert first == pytest.approx([1, 2, 4, 8, 15, 30])
    assert all(one <= other for one, other in pairwise(waits))
    assert timedelta(days=2) < sum(waits, timedelta(0)) <= timedelta(days=3)


@given(st.integers(1, len(SCHEDULE)), st.floats(0, 1))
def test_a_wait_is_at_most_a_fifth_off(attempt: int, chance: float) -> None:
    wait = verdict(500, attempt=attempt, chance=chance).after.total_seconds()
    planned = SCHEDULE[attempt - 1]
    assert 0.8 * planned - 1e-5 <= wait <= 1.2 * planned + 1e-5


def test_after_the_last_retry_it_is_dead() -> None:
    assert verdict(500, attempt=len(SCHEDULE)).outcome is Outcome.AGAIN
    assert verdict(500, attempt=len(SCHEDULE) + 1).outcome is Outcome.DEAD


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert verdict(status, attempt=99) == Verdict(Outcome.DELIVERED)


@pytest.mark.parametrize("status", [None, 301, 400, 401, 404, 422, 429, 500, 503])
def test_anything_else_is_tried_again(status: int | None) -> None:
    assert verdict(status).outcome is Outcome.AGAIN


@pytest.mark.parametrize("kind", Kind)
def test_gone_is_gone(kind: Kind) -> None:
    assert verdict(410, kind=kind).outcome is Outcome.GONE


#: By their own definition these ask to be sent again; 410 is about everything.
AGAIN, GONE = {408, 425, 429}, 410

#: What they say is said of one message, and not of the way to Activity.
OF_THE_MESSAGE = {400, 409, 413, 415, 422}


@pytest.mark.parametrize("status", [None, *range(300, 400), *AGAIN, *range(500, 600)])
@pytest.mark.parametrize("kind", Kind)
def test_what_may_be_accepted_another_time_is_tried_again(
    kind: Kind, status: int | None
) -> None:
    told = verdict(status, kind=kind)
    assert (told.outcome, told.counts) == (Outcome.AGAIN, True)
    assert verdict(status, kind=kind, retry_after="60").after == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("status", "was_sent"), [(None, True), (504, True), (None, False), (503, True)]
)
@pytest.mark.parametrize("kind", Kind)
def test_what_activity_may_still_be_at_is_over_before_it_is_sent_again(
    kind: Kind, status: int | None, *, was_sent: bool
) -> None:
    answer = Answer(status, None, was_sent=was_sent)
    told = judge(answer, kind=kind, attempt=1, now=NOW.timestamp, chance=lambda: 0.5)
    may_be_at_it = was_sent and status in {None, 504}
    waits = kind is Kind.ACTIVITY and may_be_at_it
    assert told.outcome is Outcome.AGAIN
    assert told.after == timedelta(seconds=30 if waits else 1)


@pytest.mark.parametrize("status", sorted({*range(400, 500)} - AGAIN - {GONE}))
def test_what_activity_refuses_it_will_never_accept(status: int) -> None:
    told = verdict(status, kind=Kind.ACTIVITY, retry_after="60")
    assert told.outcome is Outcome.DEAD
    # What says that all of it is refused, as 401 does, has Activity left alone.
    assert told.counts is (status not in OF_THE_MESSAGE)
    for kind in (Kind.STANDARD, Kind.INTERNAL):
        assert verdict(status, kind=kind).outcome is Outcome.AGAIN


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("999999999999", 86400),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("Mon, 15 Mar 2027 12:05:00 GMT", 300),
        ("Mon, 15 Mar 2027 11:00:00 GMT", 0),
        ("Mon, 15 Mar 2032 12:00:00 GMT", 86400),
    ],
)
def test_the_wait_that_is_asked_for_is_read(header: str, seconds: int) -> None:
    assert asked_wait(header, NOW) == timedelta(seconds=seconds)


@given(st.text(max_size=40))
def test_a_header_of_nonsense_does_no_harm(header: str) -> None:
    assert timedelta(0) <= asked_wait(header, NOW) <= timedelta(days=1)


def test_the_longer_of_both_waits_is_kept() -> None:
    assert verdict(503, retry_after="60").after == timedelta(seconds=60)
    assert verdict(503, attempt=8, retry_after="5").after == timedelta(seconds=120)
