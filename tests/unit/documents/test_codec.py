"""Documents as texts, also those that earlier versions of this package have written.

``written.jsonl`` has a line for each kind: its name, and what ``to_text`` made of one.
Lines are added, for a new kind or a new form of one, and never changed: an embedder's
database is full of them.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

from events_core.documents import KINDS, from_text, to_text
from events_core.documents.kinds import ChainedEntry, LedgerLine, StoredFact
from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import AuditEntry, Deed
from events_core.domain.chain import Head, seal
from events_core.domain.details import Geo
from events_core.domain.event import Event
from events_core.domain.notices import Notice, NoticeKind
from events_core.domain.permissions import Role
from events_core.domain.roles import Grant
from events_core.domain.schedule import Schedule
from events_core.domain.seats import Moved, Movement, Why
from events_core.domain.signup import Signup, Waitlist
from events_core.testing.builders import (
    NOW,
    a_community,
    a_person,
    an_event,
    step_between,
)
from events_core.testing.strategies import events
from events_core.wire import version_of

HER, HIM = a_person(), a_person()
NIGHT = Schedule(
    starts=datetime(2027, 10, 31, 2, 30, fold=1),  # when it is that for the second time
    ends=datetime(2027, 10, 31, 5, 0),
    zone="Europe/Berlin",
)
EVENT = an_event(
    schedule=NIGHT,
    created_by=HER,
    grants=(Grant(a_community(), Role.VIEWER, NOW, HER, expires_at=NOW),),
    description="Кто придёт?",
    location_text="The mill",
    location_url="https://example.org/mill",
    location_geo=Geo(52.5, 13.25),
    game_id="chess",
    metadata={"rounds": [1, 2.5, None, {"long": True}]},
    signup=Signup(
        capacity=20,
        waitlist=Waitlist.MANUAL,
        guests_per_answer=2,
        opens_at=NOW,
        deadline=NOW + timedelta(days=1),
        walk_ins=False,
    ),
    deleted_at=NOW,
)
LATER = evolve(EVENT, version=2, details=evolve(EVENT.details, metadata={"a": [1]}))
OCCURRENCE = (EVENT.id, EVENT.occurrence)
MARK = Attendance(*OCCURRENCE, HER, HIM, NOW, NOW)
MOVEMENT = Movement(
    moved=Moved.FORCED,
    seats=-2,
    user_id=HER,
    by=HIM,
    at=NOW,
    why=Why.CAPACITY_LOWERED,
    reason="It rains",
)
ENTRY = AuditEntry(
    deed=Deed.ERASED,
    at=NOW,
    by=HER,
    whom=HIM,
    request_id="request-1",
    event_id=EVENT.id,
    occurrence=EVENT.occurrence,
    event_version=2,
    subject_id=HIM,
    names=("capacity", "title"),
    times=3,
)
DOCUMENTS = (
    EVENT,
    version_of(step_between(EVENT, LATER)),
    Rsvp(
        *OCCURRENCE,
        HER,
        Answer.GOING,
        NOW,
        NOW,
        comment="Maybe \ud800",
        guests=2,
        admission=Admission.WAITLISTED,
        turn=-7,
        given_by=HIM,
    ),
    Tally(1, 2, 3, 4, 5),
    LedgerLine(*OCCURRENCE, MOVEMENT),
    MARK,
    Reply(MARK, made=True),
    Notice(*OCCURRENCE, HER, 2, NoticeKind.CHANGED, NOW),
    StoredFact('{"title":"Schach – \\u00e4"}'),
    ENTRY,
    seal(ENTRY, EVENT.tenant_id, lambda: bytes(range(16))),
    ChainedEntry(1, bytes(range(32)), "00"),
    Head(1, bytes(range(32))),
)
WRITTEN = [
    json.loads(line)
    for line in Path(__file__).with_name("written.jsonl").read_text("ascii").split("\n")
    if line
]


def has(now: Any, then: Any) -> bool:  # noqa: ANN401 (JSON has no one type)
    """Whether a form has all that another has."""
    match then:
        case dict():
            return all(name in now and has(now[name], then[name]) for name in then)
        case list():
            return len(now) == len(then) and all(map(has, now, then))
        case _:
            return bool(now == then)


def test_there_is_an_example_of_every_kind() -> None:
    assert [type(document) for document in DOCUMENTS] == [*KINDS]
    assert {name for name, _ in WRITTEN} == {kind.__name__ for kind in KINDS}
    assert len({kind.__name__ for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: type(one).__name__)
def test_each_kind_is_what_its_text_says(document: object) -> None:
    text = to_text(document)
    assert text.isascii()
    assert from_text(type(document), text) == document


@given(event=events())
def test_any_event_is_what_its_text_says(event: Event) -> None:
    assert from_text(Event, to_text(event)) == event


@pytest.mark.parametrize("line", range(len(WRITTEN)))
def test_what_was_written_once_is_read_for_ever(line: int) -> None:
    name, text = WRITTEN[line]
    [kind] = [kind for kind in KINDS if kind.__name__ == name]
    document = from_text(kind, text)
    assert has(json.loads(to_text(document)), json.loads(text))
