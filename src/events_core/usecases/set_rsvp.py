"""Answer an event."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.answers import Admission, Answer, Tally
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.permissions import Action
from events_core.domain.roster import Roster, admission_of
from events_core.errors import EventNotFound
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    event_for,
    viewer_of,
)


@frozen(kw_only=True)
class SetRsvp:
    """An answer; ``occurrence`` need not be named where an event does not repeat."""

    event_id: EventId
    answer: Answer
    occurrence: OccurrenceKey | None = None
    comment: str | None = None


@frozen
class Standing:
    """Where a person stands with an occurrence, and how many gave which answer."""

    answer: Answer | None
    admission: Admission | None
    tally: Tally


async def set_rsvp(core: EventsCore, actor: Actor, command: SetRsvp) -> Standing:
    """Give the actor's answer, or another one; the same again changes nothing.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not answer.
        RsvpClosed: the event takes no such answer (any more).
        InvalidFields: the comment breaks its rule, or there is no such occurrence.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, command.event_id, Action.ANSWER)
        occurrence = chosen_occurrence(event, command.occurrence)
        roster = await uow.rosters.claim(event.id, occurrence, actor.user_id)
        if roster is None:  # gone between the two reads
            raise EventNotFound(command.event_id)
        change = roster.answer(
            event,
            command.answer,
            comment=command.comment,
            cause=core.cause(actor),
            message_id=core.new_message_id(),
        )
        await uow.rosters.save(change)
        await uow.commit()
    return standing_of(change.after or roster)


def standing_of(roster: Roster) -> Standing:
    """Return what a roster says of its person."""
    answer = roster.rsvp.answer if roster.rsvp else None
    return Standing(answer, admission_of(answer), roster.tally)
