"""The published form of facts: exactly what is documented."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given

from events_core.domain.answers import Admission, Answer
from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.facts import (
    AttendanceMarked,
    AttendanceUnmarked,
    EventArchived,
    EventCancelled,
    EventCompleted,
    EventCreated,
    EventDeleted,
    EventFact,
    EventPostponed,
    EventPublished,
    EventRestored,
    EventUpdated,
    Fact,
    RsvpChanged,
    SubscriptionDisabled,
    SubscriptionTested,
    WaitlistPromoted,
)
from events_core.domain.identity import (
    EventId,
    MessageId,
    OccurrenceKey,
    Scope,
    ScopeKind,
    TenantId,
    UserId,
)
from events_core.testing.builders import NOW
from events_core.testing.strategies import hostile_texts
from events_core.wire import FACTS, as_text, published_form, published_text, timestamp

HER = UserId(UUID("0192f0c1-0000-7000-8000-0000000000aa"))

HIM = UserId(UUID("0192f0c1-0000-7000-8000-0000000000bb"))

COMMON: dict[str, Any] = {
    "message_id": MessageId(UUID("0192f0c1-0000-7000-8000-000000000001")),
    "tenant_id": TenantId(UUID("0192f0c1-0000-7000-8000-000000000002")),
    "event_id": EventId(UUID("0192f0c1-0000-7000-8000-000000000003")),
    "event_version": 3,
    "occurred_at": datetime(2027, 3, 15, 12, 0, 0, 123456, tzinfo=UTC),
    "scope": Scope(ScopeKind.TEAM, UUID("0192f0c1-0000-7000-8000-000000000004")),
    "visibility": Visibility.TEAM,
    "status": Status.PUBLISHED,
    "title": "Шахматы „♟“",
    "exposed_before": Exposure(Visibility.PRIVATE, Status.DRAFT),
}

#: http-api.md, Facts on the wire, but for the position.
SAID_ALWAYS = {
    "message_id": "0192f0c1-0000-7000-8000-000000000001",
    "schema_version": 1,
    "tenant_id": "0192f0c1-0000-7000-8000-000000000002",
    "event_id": "0192f0c1-0000-7000-8000-000000000003",
    "event_version": 3,
    "occurred_at": "2027-03-15T12:00:00.123456Z",
    "scope_type": "TEAM",
    "scope_id": "0192f0c1-0000-7000-8000-000000000004",
    "visibility": "team",
    "status": "published",
    "title": "Шахматы „♟“",
}

#: Of a subscription, which is no event's: what else there is always is null.
OF_SUBSCRIPTION: dict[str, Any] = {
    **{name: COMMON[name] for name in ("message_id", "tenant_id", "occurred_at")},
    "subscription_id": UUID("0192f0c1-0000-7000-8000-0000000000cc"),
}

SAID_OF_SUBSCRIPTION = {
    **dict.fromkeys(("event_id", "event_version", "visibility", "status", "title")),
    "scope_type": "TENANT",
    "scope_id": SAID_ALWAYS["tenant_id"],
    "subscription_id": "0192f0c1-0000-7000-8000-0000000000cc",
}

SAID_BESIDES: list[tuple[Fact, dict[str, Any]]] = [
    (
        EventCreated(
            **COMMON,
            starts_at=datetime(2027, 3, 21, 19, 0, tzinfo=UTC),
            ends_at=datetime(2027, 3, 21, 21, 0, tzinfo=UTC),
            created_by=HER,
        ),
        {
            "event_type": "event.created",
            "starts_at": "2027-03-21T19:00:00Z",
            "ends_at": "2027-03-21T21:00:00Z",
            "created_by": str(HER),
        },
    ),
    (
        EventCreated(
            **COMMON,
            starts_at=datetime(2027, 3, 21, 19, 0, tzinfo=UTC),
            ends_at=None,
            created_by=None,
        ),
        {
            "event_type": "event.created",
            "starts_at": "2027-03-21T19:00:00Z",
            "ends_at": None,
            "created_by": None,
        },
    ),
    (
        EventDeleted(**COMMON, by=None, reason="spam"),
        {"event_type": "event.deleted", "by": None, "reason": "spam"},
    ),
    *(
        (
            kind(**COMMON, deleted=True, by=HER, reason=None),
            {"event_type": f"event.{name}", "by": str(HER), "reason": None},
        )
        for name, kind in (
            ("published", EventPublished),
            ("postponed", EventPostponed),
            ("cancelled", EventCancelled),
            ("completed", EventCompleted),
            ("archived", EventArchived),
            ("restored", EventRestored),
        )
    ),
    (
        EventUpdated(**COMMON, updated_fields=("ends_at", "title"), updated_at=NOW),
        {
            "event_type": "event.updated",
            "updated_fields": ["ends_at", "title"],
            "updated_at": "2027-03-15T12:00:00Z",
        },
    ),
    (
        RsvpChanged(
            **COMMON,
            user_id=HER,
            occurrence=None,
            answer=Answer.GOING,
            admission=Admission.CONFIRMED,
        ),
        {
            "event_type": "event.rsvp.changed",
            "user_id": str(HER),
            "occurrence": None,
            "status": "going",
            "admission": "confirmed",
        },
    ),
    (
        WaitlistPromoted(**COMMON, user_id=HER, occurrence=None),
        {
            "event_type": "event.waitlist.promoted",
            "user_id": str(HER),
            "occurrence": None,
        },
    ),
    (
        RsvpChanged(
            **COMMON,
            user_id=HER,
            occurrence=OccurrenceKey("2027-03-21T19:00"),
            answer=None,
            admission=None,
        ),
        {
            "event_type": "event.rsvp.changed",
            "user_id": str(HER),
            "occurrence": "2027-03-21T19:00",
            "status": None,
            "admission": None,
        },
    ),
    (
        AttendanceUnmarked(**COMMON, user_id=HER, occurrence=None, marked_by=HIM),
        {
            "event_type": "event.attendance.unmarked",
            "user_id": str(HER),
            "occurrence": None,
            "marked_by": str(HIM),
        },
    ),
    (
        AttendanceMarked(**COMMON, user_id=HER, occurrence=None, marked_by=HIM),
        {
            "event_type": "event.attendance.marked",
            "user_id": str(HER),
            "occurrence": None,
            "marked_by": str(HIM),
        },
    ),
    (
        SubscriptionTested(**OF_SUBSCRIPTION),
        SAID_OF_SUBSCRIPTION | {"event_type": "subscription.test"},
    ),
    (
        SubscriptionDisabled(**OF_SUBSCRIPTION, reason="410 Gone"),
        SAID_OF_SUBSCRIPTION
        | {"event_type": "subscription.disabled", "reason": "410 Gone"},
    ),
]


class TestFacts:
    @pytest.mark.parametrize(("fact", "besides"), SAID_BESIDES)
    def test_it_says_exactly_what_is_documented(
        self, fact: Fact, besides: dict[str, Any]
    ) -> None:
        assert json.loads(published_text(fact)) == SAID_ALWAYS | besides

    def test_every_kind_is_in_the_table(self) -> None:
        assert {type(fact) for fact, _ in SAID_BESIDES} == set(FACTS.values())
        for name, kind in FACTS.items():
            assert name == kind.event_type

    @pytest.mark.parametrize(("fact", "_"), SAID_BESIDES)
    def test_the_text_is_always_the_same_and_one_line(
        self, fact: Fact, _: object
    ) -> None:
        text = published_text(fact)
        assert text == as_text(published_form(fact)) == published_text(evolve(fact))
        assert text.isprintable()
        assert ("Шахматы" in text) == isinstance(fact, EventFact)

    def test_what_is_common_comes_first_and_in_one_order(self) -> None:
        starts = {
            tuple(published_form(fact))[: len(SAID_ALWAYS) + 1]
            for fact, _ in SAID_BESIDES
        }
        assert len(starts) == 1

    @given(hostile_texts())
    def test_no_title_breaks_the_text(self, title: str) -> None:
        created = SAID_BESIDES[0][0]
        assert isinstance(created, EventCreated)
        fact = evolve(created, title=title)
        assert json.loads(published_text(fact))["title"] == title
        assert "\n" not in published_text(fact)


class TestTimes:
    def test_an_instant_is_in_utc_as_precise_as_it_is(self) -> None:
        there = timezone(timedelta(hours=5, minutes=45))
        assert timestamp(datetime(2027, 3, 21, 0, 45, tzinfo=there)) == (
            "2027-03-20T19:00:00Z"
        )
        assert timestamp(datetime(1970, 1, 1, tzinfo=UTC)) == "1970-01-01T00:00:00Z"
