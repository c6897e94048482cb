"""Scenes: an event, who means to do something with it, and what becomes of that."""

from contextlib import suppress
from datetime import datetime, timedelta

from attrs import evolve, frozen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from events_core import (
    Actor,
    Admission,
    Answer,
    Explained,
    MarkAttendance,
    MasterFlags,
    Permission,
    Policies,
    QueueOrder,
    Revision,
    SetRsvp,
    Signup,
    Status,
    UpdateEvent,
    UserId,
    Visibility,
    Waitlist,
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
from events_core.testing.builders import a_schedule, step_between
from events_core.testing.contracts.store.factory import answered, put, roster_of, save
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
