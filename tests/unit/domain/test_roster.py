from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.event import Event
from events_core.domain.exposure import Exposure, Status
from events_core.domain.facts import RsvpChanged
from events_core.domain.identity import UserId
from events_core.domain.roster import Roster
from events_core.errors import InvalidFields, RsvpClosed
from events_core.testing.builders import (
    EVENING,
    NOW,
    a_cause,
    a_message_id,
    a_person,
    a_schedule,
    an_event,
)
from events_core.testing.contracts.store.factory import only
from events_core.testing.strategies import PEOPLE, people

START = EVENING.replace(tzinfo=UTC)
END = START + timedelta(hours=2)
SECOND = timedelta(seconds=1)


HER = a_person()


def empty(event: Event) -> Roster:
    return Roster(event.id, event.occurrence)


def say(
    roster: Roster,
    event: Event,
    answer: Answer,
    *,
    who: UserId = HER,
    at: datetime = NOW,
    comment: str | None = None,
) -> Roster:
    change = roster.answer(
        event,
        who,
        answer,
        comment=comment,
        cause=a_cause(at=at),
        message_id=a_message_id(),
    )
    assert change.after is not None
    return change.after


def take_back(
    roster: Roster, event: Event, *, who: UserId = HER, at: datetime = NOW
) -> Roster:
    change = roster.withdraw(
        event, who, cause=a_cause(at=at), message_id=a_message_id()
    )
    assert change.after is not None
    return change.after


class TestAnswering:
    @pytest.mark.parametrize(
        ("answer", "admission", "tally"),
        [
            (Answer.INTERESTED, None, Tally(interested=1)),
            (Answer.GOING, Admission.CONFIRMED, Tally(going=1, seats=1)),
            (Answer.NOT_GOING, None, Tally(not_going=1)),
        ],
    )
    def test_a_first_answer(
        self, answer: Answer, admission: Admission | None, tally: Tally
    ) -> None:
        event = an_event()
        roster, message_id, cause = empty(event), a_message_id(), a_cause()
        change = roster.answer(
            event, HER, answer, comment=" Yes! ", cause=cause, message_id=message_id
        )
        rsvp = Rsvp(
            event.id,
            event.occurrence,
            HER,
            answer,
            NOW,
            NOW,
            " Yes! ",
            turn=int(answer is Answer.GOING),
            given_by=cause.by,
        )
        assert change.before == roster
        assert change.after == evolve(roster, rsvps={HER: rsvp}, tally=tally)
        assert change.cause == cause
        assert rsvp.admission is admission
        assert change.facts == (
            RsvpChanged(
                message_id=message_id,
                tenant_id=event.tenant_id,
                event_id=event.id,
                event_version=event.version,
                occurred_at=NOW,
                scope=event.scope,
                visibility=event.visibility,
                status=event.status,
                title=event.details.title,
                user_id=HER,
                occurrence=None,
                answer=answer,
                admission=admission,
            ),
        )
        exposed_before = change.facts[0].exposed_before
        assert exposed_before == Exposure(event.visibility, event.status)

    def test_the_same_again_is_nothing(self) -> None:
        event = an_event()
        once = say(empty(event), event, Answer.GOING, comment="Yes")
        again = once.answer(
            event,
            HER,
            Answer.GOING,
            comment="Yes",
            cause=a_cause(at=NOW + SECOND),
            message_id=a_message_id(),
        )
        assert not again.happened
        assert (again.before, again.after) == (once, once)

    def test_another_comment_is_another_answer(self) -> None:
        event = an_event()
        once = say(empty(event), event, Answer.GOING)
        later = say(once, event, Answer.GOING, comment="With cake", at=NOW + SECOND)
        assert later.rsvps
        assert (only(later).created_at, only(later).updated_at) == (NOW, NOW + SECOND)
        assert later.tally == Tally(going=1, seats=1)

    @given(
        st.lists(st.tuples(people(), st.none() | st.sampled_from(Answer)), max_size=20)
    )
    def test_counts_follow_whoever_says_whatever(
        self, said: list[tuple[UserId, Answer | None]]
    ) -> None:
        event = an_event()
        tally = Tally()
        rsvps: dict[UserId, Rsvp | None] = {}
        for who, answer in said:
            known = rsvps.get(who)
            roster = evolve(empty(event), tally=tally)
            if known is not None:
                roster = roster.knowing(known)
            if answer is None:
                roster = take_back(roster, event, who=who)
            else:
                roster = say(roster, event, answer, who=who)
            tally, rsvps[who] = roster.tally, roster.rsvps.get(who)
        answers = [rsvp.answer for rsvp in rsvps.values() if rsvp]
        assert len(rsvps) <= len(PEOPLE)
        assert tally == Tally(
            answers.count(Answer.INTERESTED),
            answers.count(Answer.GOING),
            answers.count(Answer.NOT_GOING),
            seats=answers.count(Answer.GOING),
        )

    def test_a_comment_keeps_to_its_rule(self) -> None:
        event = an_event()
        kept = say(empty(event), event, Answer.GOING, comment="a\r\nb" + "x" * 1_997)
        assert kept.rsvps
        assert only(kept).comment == "a\nb" + "x" * 1_997
        for comment in ("x" * 2_001, "\x00", "\u202e"):
            with pytest.raises(InvalidFields) as refused:
                say(empty(event), event, Answer.GOING, comment=comment)
            assert set(refused.value.fields) == {"comment"}


class TestClosing:
    @pytest.mark.parametrize("answer", [Answer.GOING, Answer.INTERESTED])
    def test_answering_closes_at_the_start(self, answer: Answer) -> None:
        event = an_event()
        assert say(empty(event), event, answer, at=START - SECOND).rsvps
        for moment in (START, END, END + timedelta(days=9)):
            with pytest.raises(RsvpClosed) as refused:
                say(empty(event), event, answer, at=moment)
            assert refused.value.closed_at == START

    def test_saying_no_is_possible_until_the_end(self) -> None:
        event = an_event()
        assert say(empty(event), event, Answer.NOT_GOING, at=END - SECOND).rsvps
        with pytest.raises(RsvpClosed) as refused:
            say(empty(event), event, Answer.NOT_GOING, at=END)
        assert refused.value.closed_at == END

    def test_withdrawing_is_possible_until_the_end(self) -> None:
        event = an_event()
        going = say(empty(event), event, Answer.GOING)
        assert take_back(going, event, at=END - SECOND).rsvps == {}
        with pytest.raises(RsvpClosed) as refused:
            take_back(going, event, at=END)
        assert refused.value.closed_at == END

    @pytest.mark.parametrize("answer", list(Answer))
    def test_a_deleted_event_takes_no_answers(self, answer: Answer) -> None:
        event = an_event(deleted_at=NOW)
        with pytest.raises(RsvpClosed):
            say(empty(event), event, answer)

    def test_an_all_day_event_is_over_when_its_day_is(self) -> None:
        event = an_event(schedule=a_schedule(all_day=True, zone="Europe/Berlin"))
        over = datetime(2027, 3, 21, 23, tzinfo=UTC)
        assert say(empty(event), event, Answer.NOT_GOING, at=over - SECOND).rsvps
        with pytest.raises(RsvpClosed):
            say(empty(event), event, Answer.NOT_GOING, at=over)

    @pytest.mark.parametrize("status", sorted(set(Status) - {Status.PUBLISHED}))
    def test_only_a_published_event_takes_answers(self, status: Status) -> None:
        published = an_event()
        going = say(empty(published), published, Answer.GOING)
        event = evolve(published, status=status)
        for answer in Answer:
            with pytest.raises(RsvpClosed) as refused:
                say(empty(event), event, answer)
            assert refused.value.closed_at is None
        assert take_back(going, event).rsvps == {}


class TestWithdrawing:
    def test_an_answer_taken_back_is_gone(self) -> None:
        event = an_event()
        going = say(empty(event), event, Answer.GOING)
        change = going.withdraw(event, HER, cause=a_cause(), message_id=a_message_id())
        assert change.after == evolve(going, rsvps={}, tally=Tally())
        [fact] = change.facts
        assert isinstance(fact, RsvpChanged)
        assert (fact.user_id, fact.answer, fact.admission) == (
            HER,
            None,
            None,
        )

    def test_without_an_answer_nothing_happens_not_even_when_it_is_over(self) -> None:
        event = an_event()
        roster = empty(event)
        change = roster.withdraw(
            event, HER, cause=a_cause(at=END + SECOND), message_id=a_message_id()
        )
        assert not change.happened
        assert (change.before, change.after) == (roster, roster)
