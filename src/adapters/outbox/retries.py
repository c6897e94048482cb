"""What an answer means: delivered, to be tried again and when, or never."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from attrs import frozen

from adapters.outbox.client import Answer
from events_core.ports.outbox import Kind, Outcome

#: In seconds, after the first, second… attempt: all together not quite three days.
SCHEDULE: Sequence[float] = (
    *(1, 2, 4, 8, 15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 14400, 28800),
    *(43200, 57600, 86400),
)

#: Each of them is up to so much shorter or longer, so that not all come at once.
JITTER = 0.2

_LONGEST_WAIT = timedelta(days=1)

# Of what Activity refuses it will never accept anything, but for what asks by its own
# definition to be sent again (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4).
_ASK_AGAIN = {408, 425, 429}
# These are about the one message. Any other refusal, such as 401, is about all of them.
_OF_THE_MESSAGE = {400, 409, 413, 415, 422}

# Where a Retry-After speaks of whoever answers, and not of what she was asked alone
# (RFC 6585, 4; RFC 9110, 15.6.4).
_TOO_MUCH = {429, 503}

# How long somebody may still be at what she has not answered: her own time-outs, and
# those of what is in front of her, end it by then.
_STILL_AT_IT = timedelta(seconds=30)
_GATEWAY_TIMEOUT = 504


@frozen
class Verdict:
    """What is to become of a delivery.

    ``counts`` is False where the answer says nothing of the subscriber's health, and
    ``leave_alone`` for how long she asked not to be called at all.
    """

    outcome: Outcome
    after: timedelta = timedelta(0)
    counts: bool = True
    leave_alone: timedelta = timedelta(0)


def judge(
    answer: Answer,
    *,
    kind: Kind,
    attempt: int,
    now: Callable[[], float],
    chance: Callable[[], float],
    schedule: Sequence[float] = SCHEDULE,
) -> Verdict:
    """Return what an answer to an attempt (from 1 on) means.

    ``now`` is in Unix seconds, ``chance`` anything from 0 to 1; neither is asked about
    a success. A wait that the subscriber asks for is kept,
    up to a day, where it is longer than ours.
    """
    status = answer.status
    if status is not None and 200 <= status < 300:
        return Verdict(Outcome.DELIVERED)
    if status == 410:
        return Verdict(Outcome.GONE)
    if kind is Kind.ACTIVITY and _is_refusal(status):
        return Verdict(Outcome.DEAD, counts=status not in _OF_THE_MESSAGE)
    theirs = asked_wait(answer.retry_after, datetime.fromtimestamp(now(), UTC))
    leave_alone = theirs if status in _TOO_MUCH else timedelta(0)
    if attempt > len(schedule):
        return Verdict(Outcome.DEAD, leave_alone=leave_alone)
    ours = schedule[attempt - 1] * (1 - JITTER + 2 * JITTER * chance())
    after = max(timedelta(seconds=ours), theirs)
    if answer.was_sent and status in {None, _GATEWAY_TIMEOUT}:
        after = max(after, pause_after_none(kind))
    return Verdict(Outcome.AGAIN, after, leave_alone=leave_alone)


def pause_after_none(kind: Kind) -> timedelta:
    """Return how long nothing may follow what was sent and has no answer.

    Activity is told of a tenant one thing at a time: while it may be at one, the next
    try would be a second.
    """
    return _STILL_AT_IT if kind is Kind.ACTIVITY else timedelta(0)


def _is_refusal(status: int | None) -> bool:
    return status is not None and 400 <= status < 500 and status not in _ASK_AGAIN


def asked_wait(retry_after: str | None, now: datetime) -> timedelta:
    """Return how long a ``Retry-After`` asks to wait (RFC 9110, 10.2.3).

    Nothing where it cannot be read or lies in the past; at most a day.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return timedelta(0)
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(timedelta(0), min(date - now, _LONGEST_WAIT))
