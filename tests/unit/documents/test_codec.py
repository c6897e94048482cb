import json

import pytest
from attrs import evolve
from hypothesis import given

from events_core.documents import from_text, to_text
from events_core.documents.kinds import ChainedEntry, LedgerLine, StoredFact
from events_core.domain.answers import Tally
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import AuditEntry, Deed
from events_core.domain.chain import Head, seal
from events_core.domain.event import Event
from events_core.domain.notices import Notice, NoticeKind
from events_core.domain.seats import Moved, Movement, Why
from events_core.testing.builders import (
    NOW,
    a_person,
    an_event,
    step_between,
)
from events_core.testing.strategies import events
from events_core.wire import version_of

HER, EVENT = a_person(), an_event()
OCCURRENCE = (EVENT.id, EVENT.occurrence)
MARK = Attendance(*OCCURRENCE, HER, None, NOW)
ENTRY = AuditEntry(deed=Deed.ERASED, at=NOW, by=HER, names=("title", "capacity"))
LATER = evolve(EVENT, version=2, details=evolve(EVENT.details, metadata={"a": [1]}))


@given(event=events())
def test_any_event_is_what_its_text_says(event: Event) -> None:
    text = to_text(event)
    assert text.isascii()
    assert from_text(Event, text) == event


@pytest.mark.parametrize(
    "document",
    [
        version_of(step_between(EVENT, LATER)),
        StoredFact('{"title":"Schach – \ud800"}'),
        Tally(1, 2, 3, 4, 5),
        LedgerLine(
            *OCCURRENCE,
            Movement(
                moved=Moved.TAKEN, seats=2, user_id=HER, by=None, at=NOW, why=Why.CHOSEN
            ),
        ),
        MARK,
        Reply(MARK, made=True),
        Notice(*OCCURRENCE, HER, 2, NoticeKind.CHANGED, NOW),
        ENTRY,
        seal(ENTRY, EVENT.tenant_id, lambda: bytes(range(16))),
        ChainedEntry(1, bytes(32), "00"),
        Head(1, bytes(range(32))),
    ],
    ids=lambda document: type(document).__name__,
)
def test_each_kind_is_what_its_text_says(document: object) -> None:
    text = to_text(document)
    assert text.isascii()
    assert from_text(type(document), text) == document
    assert isinstance(json.loads(text), dict)
