"""Answer an event, for oneself or for somebody else."""

from attrs import frozen

from events_core.domain.actors import Actor, Viewer
from events_core.domain.answers import Admission, Answer, Tally
from events_core.domain.change import checked_reason
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.permissions import Action
from events_core.domain.roster import Roster
from events_core.ports.store import UnitOfWork
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    event_for,
    viewer_of,
)
from events_core.usecases.seating import claim, fill, is_stuck
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class SetRsvp:
    """An answer; ``occurrence`` need not be named where an event does not repeat.

    ``guests`` come along, each on a seat.
    """

    event_id: EventId
    answer: Answer
    occurrence: OccurrenceKey | None = None
    guests: int = 0
    comment: str | None = None


@frozen(kw_only=True)
class SetRsvpFor(SetRsvp):
    """Somebody's answer, as an organiser gives it.

    With ``force`` beyond the capacity, and after answering has closed.
    """

    user_id: UserId
    force: bool = False
    reason: str | None = None


@frozen
class Standing:
    """Where a person stands with an occurrence, and how many gave which answer.

    ``answer`` is as she is told it (``Rsvp.shown``), ``position`` her place in the
    line, from 1, where she waits.
    """

    answer: Answer | None
    admission: Admission | None
    tally: Tally
    position: int | None = None


@watched
async def set_rsvp(core: EventsCore, actor: Actor, command: SetRsvp) -> Standing:
    """Give the actor's answer, or another one; the same again changes nothing.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not answer.
        RsvpClosed: the event takes no such answer now.
        CapacityFull: there is no seat for her and no waiting list; or not for all of
            a larger party than she has seats for.
        PartyTooLarge: so many can never come.
        InvalidFields: a field breaks its rule, or there is no such occurrence.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    return await _answered(
        core,
        actor,
        command,
        who=actor.user_id,
        action=Action.ANSWER,
    )


@watched
async def set_rsvp_for(core: EventsCore, actor: Actor, command: SetRsvpFor) -> Standing:
    """Give somebody's answer in her place, like ``set_rsvp``.

    It is written down that the actor gave it. Nobody asks whether that person may see
    the event.
    """
    return await _answered(
        core,
        actor,
        command,
        who=command.user_id,
        action=Action.ANSWER_FOR_OTHERS,
        force=command.force,
        reason=checked_reason(command.reason, name="reason"),
    )


async def _answered(
    core: EventsCore,
    actor: Actor,
    command: SetRsvp,
    *,
    who: UserId,
    action: Action,
    force: bool = False,
    reason: str | None = None,
) -> Standing:
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event, roster = await _claimed(uow, viewer, command, who, action)
        cause = core.cause(actor, reason)
        change = roster.answer(
            event,
            who,
            command.answer,
            guests=command.guests,
            comment=command.comment,
            order=core.policies.queue_order,
            stuck=await is_stuck(uow, event, roster),
            force=force,
            cause=cause,
            message_id=core.new_message_id(),
        )
        await uow.rosters.save(change)
        if change.happened and change.after is not None:
            roster = await fill(core, uow, event, change.after, cause)
        standing = await standing_of(uow, roster, who)
        await uow.commit()
    return standing


async def _claimed(
    uow: UnitOfWork, viewer: Viewer, command: SetRsvp, who: UserId, action: Action
) -> tuple[Event, Roster]:
    event = await event_for(uow, viewer, command.event_id, action)
    occurrence = chosen_occurrence(event, command.occurrence)
    return await claim(
        uow,
        event,
        occurrence,
        who,
        again=lambda: event_for(uow, viewer, command.event_id, action),
    )


async def standing_of(uow: UnitOfWork, roster: Roster, who: UserId) -> Standing:
    """Return what a roster that is saved says of a person."""
    rsvp = roster.rsvps.get(who)
    if rsvp is None:
        return Standing(None, None, roster.tally)
    position = await uow.rosters.position(rsvp) if rsvp.waits else None
    return Standing(rsvp.shown, rsvp.admission, roster.tally, position)
