from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve, fields
from hypothesis import given

from events_core.domain.change import Cause
from events_core.domain.details import Details
from events_core.domain.event import Event
from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.facts import EventCreated, EventUpdated
from events_core.domain.identity import EventId, MessageId, Scope
from events_core.domain.permissions import Role
from events_core.domain.revision import UNSET, Revision
from events_core.domain.roles import Grant
from events_core.domain.schedule import Schedule
from events_core.errors import (
    IllegalTransition,
    Invalid,
    InvalidFields,
    NoUpdates,
    VisibilityNeedsScope,
)
from events_core.testing.builders import (
    EVENING,
    NOW,
    a_cause,
    a_community,
    a_grant,
    a_message_id,
    a_person,
    a_schedule,
    a_team,
    a_tenant,
    an_event,
    new_uuid,
)
from events_core.testing.strategies import causes, events, message_ids, revisions

LATER = NOW + timedelta(hours=1)


def revised(event: Event, revision: Revision, *, at: datetime = LATER) -> Event:
    change = event.revise(revision, cause=a_cause(at=at), message_id=a_message_id())
    assert change.after is not None
    return change.after


class TestCreating:
    def test_the_creator_is_the_first_owner(self) -> None:
        her, tenant_id = a_person(), a_tenant()
        event_id, message_id = EventId(new_uuid()), a_message_id()
        cause = Cause(her, NOW, reason="why not")
        change = Event.create(
            id=event_id,
            tenant_id=tenant_id,
            scope=Scope.of_tenant(tenant_id),
            details=Details.of(title="Chess"),
            schedule=a_schedule(),
            visibility=Visibility.PRIVATE,
            status=Status.DRAFT,
            by=her,
            cause=cause,
            message_id=message_id,
        )
        event = Event(
            id=event_id,
            tenant_id=tenant_id,
            scope=Scope.of_tenant(tenant_id),
            details=Details("Chess"),
            schedule=a_schedule(),
            visibility=Visibility.PRIVATE,
            status=Status.DRAFT,
            created_by=her,
            created_at=NOW,
            updated_at=NOW,
            occurrence=a_schedule().key,
            grants=(Grant(her, Role.OWNER, NOW, by_creation=True),),
            deleted_at=None,
            version=1,
            sequence=0,
        )
        fact = EventCreated(
            message_id=message_id,
            tenant_id=tenant_id,
            event_id=event_id,
            event_version=1,
            occurred_at=NOW,
            scope=Scope.of_tenant(tenant_id),
            visibility=Visibility.PRIVATE,
            status=Status.DRAFT,
            title="Chess",
            starts_at=EVENING.replace(tzinfo=UTC),
            ends_at=EVENING.replace(tzinfo=UTC) + timedelta(hours=2),
            created_by=her,
        )
        assert (change.before, change.after, change.cause) == (None, event, cause)
        assert change.facts == (fact,)

    @pytest.mark.parametrize(
        ("scope", "visibility"),
        [
            (Scope.of_tenant(a_tenant()), Visibility.COMMUNITY),
            (Scope.of_tenant(a_tenant()), Visibility.TEAM),
            (a_community(), Visibility.TEAM),
            (a_team(), Visibility.COMMUNITY),
        ],
    )
    def test_members_of_what_are_the_scopes_own(
        self, scope: Scope, visibility: Visibility
    ) -> None:
        with pytest.raises(VisibilityNeedsScope) as refused:
            Event.create(
                id=EventId(new_uuid()),
                tenant_id=a_tenant(),
                scope=scope,
                details=Details("Chess"),
                schedule=a_schedule(),
                visibility=visibility,
                status=Status.PUBLISHED,
                by=a_person(),
                cause=a_cause(),
                message_id=a_message_id(),
            )
        told = refused.value
        assert (told.visibility, told.scope_kind) == (visibility, scope.kind)


class TestRevising:
    @given(events(), revisions(), causes(), message_ids())
    def test_it_changes_what_it_says_and_says_what_it_changes(
        self, event: Event, revision: Revision, cause: Cause, message_id: MessageId
    ) -> None:
        try:
            change = event.revise(revision, cause=cause, message_id=message_id)
        except (IllegalTransition, Invalid):
            return  # the revision does not go with this event
        after = change.after
        assert change.before == event
        assert after is not None
        differing = {
            name for name, value in shown(event).items() if value != shown(after)[name]
        }
        if not change.facts:
            assert after == event
            return
        assert differing
        assert after.version == event.version + 1
        assert after.updated_at == max(event.updated_at, cause.at)
        assert change.facts == (
            EventUpdated(
                message_id=message_id,
                tenant_id=event.tenant_id,
                event_id=event.id,
                event_version=event.version + 1,
                occurred_at=cause.at,
                scope=event.scope,
                visibility=after.visibility,
                status=event.status,
                title=after.details.title,
                updated_fields=tuple(sorted(differing)),
                updated_at=after.updated_at,
            ),
        )
        assert change.facts[0].exposed_before == Exposure(
            event.visibility, event.status
        )
        noticed = differing & {"starts_at", "ends_at", "all_day", "status"}
        assert after.sequence == event.sequence + bool(noticed)

    @given(events(), revisions())
    def test_the_same_again_is_nothing(self, event: Event, revision: Revision) -> None:
        try:
            once = revised(event, revision)
        except (IllegalTransition, Invalid):
            return
        again = once.revise(revision, cause=a_cause(), message_id=a_message_id())
        assert not again.happened
        assert (again.before, again.after) == (once, once)

    @given(events(), revisions())
    def test_what_is_not_named_stays(self, event: Event, revision: Revision) -> None:
        try:
            after = revised(event, revision)
        except (IllegalTransition, Invalid):
            return
        given_ = {
            field.name
            for field in fields(Revision)
            if getattr(revision, field.name) is not UNSET
        }
        moves = {"starts_at", "time_zone", "all_day"}
        follow = set[str]()
        if given_ & moves:
            follow |= {"starts_at", "ends_at", "signup_deadline"}
        if "time_zone" in given_:
            follow |= {"signup_opens_at"}
        for name, value in shown(event).items():
            assert name in given_ | follow or shown(after)[name] == value
        kept = ("id", "tenant_id", "scope", "created_by", "created_at", "occurrence")
        for name in (*kept, "grants", "deleted_at", "status"):
            assert getattr(after, name) == getattr(event, name)

    def test_it_has_to_name_something(self) -> None:
        with pytest.raises(NoUpdates):
            revised(an_event(), Revision())

    def test_none_clears_what_need_not_be_there(self) -> None:
        event = an_event(description="Bring a board", location_text="Here")
        after = revised(event, Revision(description=None, ends_at=None))
        assert after.details == evolve(event.details, description=None)
        assert after.schedule == evolve(event.schedule, ends=None)

    def test_all_that_is_wrong_is_told(self) -> None:
        with pytest.raises(InvalidFields) as refused:
            revised(an_event(), Revision(title=" ", location_text="\x00"))
        assert set(refused.value.fields) == {"title", "location_text"}

    def test_the_visibility_must_be_possible_in_its_scope(self) -> None:
        team = an_event(visibility=Visibility.TEAM)
        assert revised(team, Revision(visibility=Visibility.PUBLIC)).version == 2
        with pytest.raises(VisibilityNeedsScope):
            revised(team, Revision(visibility=Visibility.COMMUNITY))

    def test_calendars_need_not_notice_words_or_places(self) -> None:
        event = an_event()
        words = Revision(
            title="Go night",
            description="New",
            location_text="There",
            visibility=Visibility.PRIVATE,
            time_zone="Africa/Abidjan",  # shows what UTC shows
        )
        after = revised(event, words)
        assert (after.version, after.sequence) == (2, 0)

    @pytest.mark.parametrize(
        "revision",
        [
            Revision(starts_at=EVENING + timedelta(minutes=1)),
            Revision(ends_at=None),
            Revision(time_zone="Europe/Berlin"),
            Revision(all_day=True),
        ],
    )
    def test_calendars_notice_other_times(self, revision: Revision) -> None:
        assert revised(an_event(), revision).sequence == 1

    def test_calendars_notice_that_the_same_times_are_whole_days_now(self) -> None:
        midnight = EVENING.replace(hour=0)
        event = an_event(schedule=a_schedule(midnight, hours=24))
        after = revised(event, Revision(all_day=True))
        assert after.schedule.starts_at == event.schedule.starts_at
        assert after.schedule.ends_at == event.schedule.ends_at
        assert after.sequence == 1

    def test_a_clock_that_went_back_takes_no_change_with_it(self) -> None:
        event = an_event()
        earlier = NOW - timedelta(minutes=5)
        change = event.revise(
            Revision(title="Go"), cause=a_cause(at=earlier), message_id=a_message_id()
        )
        assert change.after
        assert change.after.updated_at == NOW
        assert change.facts[0].occurred_at == earlier

    def test_a_key_is_kept_however_the_event_is_moved(self) -> None:
        event = an_event(schedule=Schedule.of(EVENING, zone="Europe/Berlin"))
        moved = revised(event, Revision(starts_at=EVENING + timedelta(days=7)))
        zoned = revised(moved, Revision(time_zone="America/New_York"))
        assert zoned.occurrence == "2027-03-21T19:00"


class TestRoles:
    def test_each_person_holds_one_or_none(self) -> None:
        her, him = a_person(), a_person()
        grant = a_grant(her, Role.CHECKIN)
        event = an_event(created_by=him, grants=(grant,))
        assert event.grant_of(her) == grant
        assert event.role_of(her) is Role.CHECKIN
        assert event.role_of(him) is Role.OWNER
        assert event.role_of(a_person()) is None
        assert event.grant_of(a_person()) is None

    def test_only_what_nobody_gave_is_the_creators_own(self) -> None:
        event = an_event(grants=(evolve(a_grant(a_person()), granted_by=None),))
        assert [grant.by_creation for grant in event.grants] == [True, False]


def shown(event: Event) -> dict[str, object]:
    """The fields a change can be told of, from where they are."""
    return {
        "title": event.details.title,
        "description": event.details.description,
        "event_type": event.details.event_type,
        "location_text": event.details.location_text,
        "location_url": event.details.location_url,
        "location_geo": event.details.location_geo,
        "game_id": event.details.game_id,
        "metadata": event.details.metadata,
        "capacity": event.signup.capacity,
        "waitlist": event.signup.waitlist,
        "guests_per_answer": event.signup.guests_per_answer,
        "walk_ins": event.signup.walk_ins,
        "signup_opens_at": event.signup.opens_at,
        "signup_deadline": event.signup.deadline,
        "starts_at": event.schedule.starts_at,
        "ends_at": event.schedule.ends_at,
        "time_zone": event.schedule.zone,
        "all_day": event.schedule.all_day,
        "visibility": event.visibility,
        "status": event.status,
        "deleted_at": event.deleted_at,
    }
