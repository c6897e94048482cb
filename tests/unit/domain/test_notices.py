from datetime import timedelta

from attrs import evolve

from events_core.domain.notices import NoticeKind, notice_of
from events_core.testing.builders import a_schedule, an_event, step_between


def test_an_event_without_an_end_that_is_moved_is_news() -> None:
    schedule = evolve(a_schedule(), ends=None)
    later = evolve(schedule, starts=schedule.starts + timedelta(hours=1))
    before = an_event(schedule=schedule)
    after = evolve(before, schedule=later, version=before.version + 1)
    assert notice_of(step_between(before, after)) is NoticeKind.CHANGED
