"""What is said of what somebody may do, held against what becomes of it."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from events_core import (
    Actor,
    Admission,
    Answer,
    Explained,
    ExplainEvent,
    Explanation,
    MarkAttendance,
    MasterFlags,
    Permission,
    Policies,
    QueueOrder,
    Revision,
    Role,
    SetRsvp,
    Signup,
    Status,
    UpdateEvent,
    UserId,
    Visibility,
    Waitlist,
    explain_event,
    get_event,
    mark_attendance,
    set_rsvp,
    update_event,
)
from events_core.domain.event import Event
from events_core.domain.identity import Scope
from events_core.domain.permissions import IMPLICIT_PERMISSIONS
from events_core.errors import (
    AttendanceClosed,
    CapacityFull,
    EventNotFound,
    IllegalTransition,
    MembershipUnavailable,
    NotConfirmed,
    PartyTooLarge,
    PermissionDenied,
    RsvpClosed,
)
from events_core.testing.builders import (
    NOW,
    a_community,
    a_grant,
    a_person,
    a_schedule,
    an_actor,
    an_event,
    step_between,
)
from events_core.testing.contracts.store.factory import (
    PROPERTY,
    answered,
    put,
    roster_of,
    save,
)
from events_core.testing.strategies import actors, events, plain_details
from events_core.testing.strategies.identities import COMMUNITIES, PEOPLE, TEAMS
from events_core.testing.wired import MemoryCore


@frozen
class Scene:
    """An event to which people have answered, somebody, a moment, and the rules."""

    event: Event
    actor: Actor
    at: datetime
    answered_on: Signup
    answers: tuple[tuple[UserId, int], ...]
    order: QueueOrder
    members_of: frozenset[Scope]
    undecided: frozenset[Scope]
    held: frozenset[Permission]
    organizes: bool


@composite
def scenes(draw: DrawFn) -> Scene:
    event, actor = draw(events(about=plain_details())), draw(actors())
    groups = (*COMMUNITIES, *TEAMS)
    some_groups = st.just(frozenset(groups)) | st.frozensets(st.sampled_from(groups))
    undecided = draw(st.just(frozenset[Scope]()) | some_groups)
    held = draw(st.frozensets(st.sampled_from(Permission)))
    if draw(st.booleans()):  # what is mostly refused would mostly go no further
        event = evolve(
            event,
            visibility=Visibility.PUBLIC,
            status=Status.PUBLISHED,
            deleted_at=None,
            signup=evolve(event.signup, capacity=draw(st.integers(1, 4))),
        )
        actor = evolve(actor, flags=MasterFlags())
        undecided, held = frozenset(), IMPLICIT_PERMISSIONS
    schedule, terms = event.schedule, event.signup
    moments = (
        terms.closes_at(schedule),
        schedule.lasts_until,
        terms.opens_at or schedule.starts_at,
        schedule.starts_at - Policies().attendance_opens,
        *(grant.expires_at for grant in event.grants if grant.expires_at),
    )
    aside = st.sampled_from((-90, -1, -1, 0, 1)).map(lambda n: timedelta(minutes=n))
    party = st.tuples(st.sampled_from(PEOPLE), st.integers(0, 3))
    parties = st.lists(party, unique_by=lambda pair: pair[0])
    return Scene(
        event=event,
        actor=actor,
        at=draw(st.sampled_from(moments)) + draw(aside),
        answered_on=Signup(
            capacity=draw(st.none() | st.integers(1, 6)),
            waitlist=draw(st.sampled_from(Waitlist)),
            guests_per_answer=3,
        ),
        answers=tuple(draw(parties)),
        order=draw(st.sampled_from(QueueOrder)),
        members_of=draw(some_groups),
        undecided=undecided,
        held=held,
        organizes=draw(st.sampled_from((True, False, False))),
    )


async def core_of(scene: Scene) -> MemoryCore:
    """Return a core in which it is so."""
    event, actor = scene.event, scene.actor
    core = MemoryCore(policies=Policies(queue_order=scene.order))
    at_first = evolve(
        event,
        status=Status.PUBLISHED,
        deleted_at=None,
        schedule=a_schedule(),
        signup=scene.answered_on,
    )
    await put(core.store, at_first)
    for user_id, guests in scene.answers:
        with suppress(CapacityFull, PartyTooLarge):
            await answered(core.store, at_first, user_id, Answer.GOING, guests)
    await save(core.store, step_between(at_first, evolve(event, version=2)))
    core.memberships.add(actor, *scene.members_of)
    core.memberships.undecided |= scene.undecided
    core.access.everybody = scene.held
    if scene.organizes:
        core.access.bind(actor, event.scope)
    core.clock.set(scene.at)
    return core


async def what_becomes_of_it(
    core: MemoryCore, scene: Scene, action: Explained
) -> bool | Admission | type[Exception]:
    """Do it; return the seat it got, whether it was done, or what nobody could tell."""
    actor, event_id = scene.actor, scene.event.id
    try:
        match action:
            case Explained.SEE | Explained.READ:
                await get_event(core, actor, event_id)
            case Explained.UPDATE:
                revision = Revision(title="Another name")
                command = UpdateEvent(event_id=event_id, revision=revision)
                await update_event(core, actor, command)
            case Explained.RSVP:
                roster = await roster_of(core.store, scene.event, actor.user_id)
                known = roster.rsvps.get(actor.user_id)
                guests = known.guests if known else 0
                going = SetRsvp(event_id=event_id, answer=Answer.GOING, guests=guests)
                return (await set_rsvp(core, actor, going)).admission or False
            case Explained.CHECKIN:
                mark = MarkAttendance(event_id=event_id, user_id=PEOPLE[0])
                await mark_attendance(core, actor, mark)
    except (EventNotFound, MembershipUnavailable) as unknown:
        return type(unknown)
    except PermissionDenied:
        return action is Explained.SEE and not actor.flags.barred
    except NotConfirmed:  # of whom she marked: she herself may mark
        return not scene.event.signup.walk_ins
    except (IllegalTransition, RsvpClosed, CapacityFull, AttendanceClosed):
        return False
    return True


@PROPERTY
@given(scenes(), st.sampled_from(Explained))
async def test_what_is_said_is_what_becomes_of_really_doing_it(
    scene: Scene, action: Explained
) -> None:
    core = await core_of(scene)
    command = ExplainEvent(event_id=scene.event.id, action=action)
    said: Explanation | None = None
    verdict: bool | type[Exception] | None = False
    try:
        said = await explain_event(core, scene.actor, command)
        verdict = said.allowed
    except (EventNotFound, MembershipUnavailable) as unknown:
        verdict = type(unknown)
    except PermissionDenied:
        assert scene.actor.flags.barred
    done = await what_becomes_of_it(core, scene, action)
    if isinstance(done, Admission):
        assert said is not None
        assert verdict is True
        waits = said.rulings[-1].because in {"last", "waits"}
        assert waits is (done is Admission.WAITLISTED)
    else:
        assert verdict is done


@PROPERTY
@given(scenes(), st.sampled_from(Explained))
async def test_of_another_nothing_is_said_that_does_not_become_of_it(
    scene: Scene, action: Explained
) -> None:
    asker = an_actor(scene.event.tenant_id)
    grants = (*scene.event.grants, a_grant(asker.user_id, Role.EDITOR))
    her = evolve(scene.actor, flags=MasterFlags())
    scene = evolve(scene, event=evolve(scene.event, grants=grants), actor=her)
    core = await core_of(scene)
    command = ExplainEvent(event_id=scene.event.id, action=action, user_id=her.user_id)
    said = await explain_event(core, asker, command)
    done = await what_becomes_of_it(core, scene, action)
    if done is MembershipUnavailable:
        assert said.allowed is not True
    elif said.allowed is not None:
        assert said.allowed is (isinstance(done, Admission) or done is True)


async def test_how_one_holds_a_permission_is_told(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    organizer = an_actor(event.tenant_id)
    core.access.bind(organizer, event.scope)
    command = ExplainEvent(event_id=event.id, action=Explained.UPDATE)
    told = (await explain_event(core, organizer, command)).rulings[1]
    assert told.because == "permission"
    assert told.details["through"] == ["events.organizer"]
    assert "events.organizer" in told.sentence
    command = ExplainEvent(event_id=event.id, action=Explained.RSVP)
    told = (await explain_event(core, organizer, command)).rulings[1]
    assert told.details["through"] == []


@pytest.mark.parametrize("early", [True, False])
async def test_when_marking_begins_is_told(core: MemoryCore, *, early: bool) -> None:
    event = an_event()
    await put(core.store, event)
    marker = an_actor(event.tenant_id)
    core.access.bind(marker, event.scope)
    opens_at = event.schedule.starts_at - core.policies.attendance_opens
    core.clock.set(opens_at - timedelta(seconds=1) if early else opens_at)
    command = ExplainEvent(event_id=event.id, action=Explained.CHECKIN)
    told = await explain_event(core, marker, command)
    assert told.allowed is not early
    opening = next(ruling for ruling in told.rulings if ruling.rule == "opening")
    assert opening.details == {"opensAt": opens_at}


@pytest.mark.parametrize("walk_ins", [True, False])
async def test_who_is_let_in_is_told(core: MemoryCore, *, walk_ins: bool) -> None:
    event = an_event(signup=Signup(walk_ins=walk_ins))
    await put(core.store, event)
    marker = an_actor(event.tenant_id)
    core.access.bind(marker, event.scope)
    core.clock.set(event.schedule.starts_at)
    command = ExplainEvent(event_id=event.id, action=Explained.CHECKIN)
    told = await explain_event(core, marker, command)
    assert told.allowed is True
    assert told.rulings[-1].because == ("welcome" if walk_ins else "places_only")


async def test_what_one_may_not_see_is_like_what_is_not_there(core: MemoryCore) -> None:
    event = an_event(visibility=Visibility.PRIVATE)
    await put(core.store, event)
    for tenant in (event.tenant_id, None):
        asker = an_actor(tenant)
        for user in (None, event.created_by):
            command = ExplainEvent(
                event_id=event.id, action=Explained.SEE, user_id=user
            )
            with pytest.raises(EventNotFound):
                await explain_event(core, asker, command)


async def test_about_another_asks_who_may_change_the_event_and_nobody_else(
    core: MemoryCore,
) -> None:
    editor, viewer, community = a_person(), a_person(), a_community()
    event = an_event(
        scope=community,
        visibility=Visibility.COMMUNITY,
        grants=(a_grant(editor, Role.EDITOR), a_grant(viewer)),
    )
    await put(core.store, event)
    member, stranger = an_actor(event.tenant_id), an_actor(event.tenant_id)
    core.memberships.add(member, community)
    core.access.grant(member, community, Permission.EVENT_MANAGE)
    asker = an_actor(event.tenant_id, editor)

    def about(user: object, action: Explained = Explained.UPDATE) -> ExplainEvent:
        return ExplainEvent(event_id=event.id, action=action, user_id=user)  # type: ignore[arg-type]

    told = await explain_event(core, asker, about(member.user_id))
    assert told.allowed is None
    assert [ruling.because for ruling in told.rulings][:2] == ["member", "unknown"]
    told = await explain_event(core, asker, about(stranger.user_id))
    assert [ruling.because for ruling in told.rulings] == ["not_a_member"]
    told = await explain_event(core, asker, about(viewer, Explained.READ))
    assert told.allowed is True
    for other in (member.user_id, editor):
        with pytest.raises(PermissionDenied):
            await explain_event(core, an_actor(event.tenant_id, viewer), about(other))
    herself = await explain_event(
        core, an_actor(event.tenant_id, viewer), about(viewer)
    )
    assert herself.allowed is False


async def test_whoever_is_barred_is_told_nothing_more(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    barred = an_actor(event.tenant_id, suspended=True)
    with pytest.raises(PermissionDenied):
        await explain_event(
            core, barred, ExplainEvent(event_id=event.id, action=Explained.SEE)
        )


async def test_a_system_admin_is_told_that_it_is_for_that(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    admin = an_actor(event.tenant_id, system_admin=True)
    assert admin.flags == MasterFlags(system_admin=True)
    command = ExplainEvent(event_id=event.id, action=Explained.UPDATE)
    told = await explain_event(core, admin, command)
    assert told.rulings[1].because == "system_admin"
    assert core.clock.now() >= NOW
