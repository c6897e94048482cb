"""An event's life: the table of the design, and nothing beside it."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain import lifecycle
from events_core.domain.change import Cause
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.identity import MessageId
from events_core.domain.revision import Revision
from events_core.errors import IllegalTransition
from events_core.testing.builders import (
    EVENING,
    a_cause,
    a_message_id,
    a_schedule,
    an_event,
)
from events_core.testing.strategies import causes, events, message_ids

#: From where to where, and at which of the moments below. Drawn up by hand.
MOMENTS = ("before", "at the start", "at the end", "a year after")
TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    "draft": {"published": MOMENTS},
    "published": {
        "published": MOMENTS,
        "postponed": MOMENTS,
        "cancelled": MOMENTS,
        "completed": MOMENTS[1:],
    },
    "postponed": {"published": MOMENTS, "postponed": MOMENTS, "cancelled": MOMENTS},
    "cancelled": {
        "published": MOMENTS[:2],
        "cancelled": MOMENTS,
        "archived": MOMENTS[3:],
    },
    "completed": {"completed": MOMENTS, "archived": MOMENTS[3:]},
    "archived": {"archived": MOMENTS},
}
TARGETS = ("published", "postponed", "cancelled", "completed", "archived")
NAMES = {target: f"event.{target}" for target in TARGETS}


def at(event: Event, moment: str) -> datetime:
    schedule = event.schedule
    return {
        "before": schedule.starts_at - timedelta(seconds=1),
        "at the start": schedule.starts_at,
        "at the end": schedule.lasts_until,
        "a year after": schedule.lasts_until + timedelta(days=365),
    }[moment]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", TABLE)
def test_an_event_goes_where_the_table_says_and_nowhere_else(
    source: str, target: str, moment: str
) -> None:
    event = an_event(status=Status(source), schedule=a_schedule(EVENING))
    cause = a_cause(at=at(event, moment), reason="so it is")
    allowed = moment in TABLE[source].get(target, ())
    if not allowed:
        with pytest.raises(IllegalTransition) as refused:
            lifecycle.move(
                event, Status(target), cause=cause, message_id=a_message_id()
            )
        assert (refused.value.source, refused.value.target) == (source, target)
        assert set(refused.value.allowed) == {
            to for to, when in TABLE[source].items() if moment in when and to != source
        }
        return
    change = lifecycle.move(
        event, Status(target), cause=cause, message_id=a_message_id()
    )
    assert change.after is not None
    assert change.after.status == target
    if source == target:
        assert not change.happened
        assert change.after == event
        return
    assert change.after.version == event.version + 1
    assert change.after.sequence == event.sequence + 1
    (fact,) = change.facts
    assert fact.event_type == NAMES[target]
    assert (fact.status, fact.exposed_before) == (target, event.exposure)
    told = [getattr(fact, name) for name in ("by", "reason", "event_version")]
    assert told == [cause.by, "so it is", change.after.version]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", TABLE)
def test_a_deleted_event_can_only_be_restored(source: str, target: str) -> None:
    event = an_event(status=Status(source))
    event = evolve(event, deleted_at=event.created_at)
    cause = a_cause(at=at(event, "a year after"))
    with pytest.raises(IllegalTransition) as raised:
        lifecycle.move(event, Status(target), cause=cause, message_id=a_message_id())
    assert raised.value.args == ("deleted", target, ("restored",))
    with pytest.raises(IllegalTransition):
        event.revise(Revision(title="x"), cause=cause, message_id=a_message_id())
    assert lifecycle.due(event, cause.at) is None


@given(events(), causes(), message_ids())
def test_whoever_is_restored_is_as_she_was(
    event: Event, cause: Cause, message_id: MessageId
) -> None:
    there = evolve(event, deleted_at=None)
    gone = lifecycle.delete(there, cause=cause, message_id=message_id).after
    assert gone is not None
    change = lifecycle.restore(gone, cause=cause, message_id=message_id)
    assert change.after is not None
    assert change.after.version == there.version + 2
    as_before = evolve(change.after, version=1, updated_at=there.updated_at)
    assert as_before == evolve(there, version=1)
    (fact,) = change.facts
    assert fact.event_type == "event.restored"
    assert fact.exposed_before is not None
    assert (fact.exposed_before.deleted, fact.exposure.deleted) == (True, False)
    again = lifecycle.restore(change.after, cause=cause, message_id=message_id)
    assert not again.happened


@pytest.mark.parametrize(
    ("status", "moment", "due"),
    [
        ("published", "at the start", None),
        ("published", "at the end", "completed"),
        ("published", "a year after", "completed"),
        ("postponed", "a year after", None),
        ("draft", "a year after", None),
        ("cancelled", "at the end", None),
        ("cancelled", "a year after", "archived"),
        ("completed", "a year after", "archived"),
        ("archived", "a year after", None),
    ],
)
def test_time_alone_completes_and_archives(
    status: str, moment: str, due: str | None
) -> None:
    event = an_event(status=Status(status))
    assert lifecycle.due(event, at(event, moment)) == due


@pytest.mark.parametrize("has_answers", [False, True])
@given(event=events(), moment=st.sampled_from(MOMENTS))
def test_only_what_people_count_on_is_called_off_before_it_goes(
    event: Event, moment: str, *, has_answers: bool
) -> None:
    expected = (
        has_answers
        and event.deleted_at is None
        and event.status.value in ("published", "postponed")
        and at(event, moment) < event.schedule.lasts_until
    )
    told = lifecycle.must_be_cancelled_first(
        event, at(event, moment), has_answers=has_answers
    )
    assert told == expected
