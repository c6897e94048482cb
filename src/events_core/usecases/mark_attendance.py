"""Write down that somebody came."""

from datetime import datetime, timedelta

from attrs import field, frozen

from events_core.domain import attendance
from events_core.domain.actors import Actor, Viewer
from events_core.domain.doors import hashed_passes
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.passes import Refusal, refusal_of
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.domain.text import TextRule
from events_core.errors import AttendanceClosed, InvalidFields, NotConfirmed
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import decided_on
from events_core.usecases.core import EventsCore, chosen_occurrence
from events_core.usecases.watching import watched

NONCE = TextRule(longest=128, shortest=1)

#: By how much the clock of whoever marks may be ahead of ours.
AHEAD = timedelta(minutes=5)

#: Why one mark is not made, whatever becomes of others.
Refused = AttendanceClosed | NotConfirmed | InvalidFields


@frozen(kw_only=True)
class MarkAttendance:
    """Who came; ``occurrence`` as in ``SetRsvp``.

    ``nonce`` is the caller's own name for this mark: however often it comes, it is
    made once. ``at`` is when she was seen, where that is not now; it goes with a
    nonce, for marks that were made without a connection. ``pass_hash`` is that of the
    pass she showed (``domain.doors``): who had one when she was let in has come, even
    if she has no place any more and the event takes no walk-ins.
    """

    event_id: EventId
    user_id: UserId
    occurrence: OccurrenceKey | None = None
    nonce: str | None = None
    at: datetime | None = None
    pass_hash: str | None = None


@frozen
class Mark:
    """The mark there is now, and whether it was made just now.

    One whose ``attendance`` was taken back was too late: it was made before that.
    ``is_copy`` says that the same mark was made before, under its nonce. ``refusal``
    is why she would not be let in now on the pass she showed.
    """

    attendance: attendance.Attendance
    created: bool
    is_copy: bool = field(default=False, eq=False)
    refusal: Refusal | None = None


@watched
async def mark_attendance(
    core: EventsCore, actor: Actor, command: MarkAttendance
) -> Mark:
    """Mark a person as present. Marked already, the first mark and its time stay.

    Under a nonce that was used before, nothing is done and the first answer is given
    again, also where that mark has been taken back since.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she may not mark here.
        AttendanceClosed: it is too early, or the event is not going to be.
        NotConfirmed: she has no place, and the event takes no walk-ins.
        InvalidFields: the event has no such occurrence, the nonce breaks its rule or
            stands for somebody else, the time is none at which she can have come, or
            the pass is none of hers.
        ConcurrentChange: others marked the person all the while.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """

    async def marked(uow: UnitOfWork, event: Event, _: Viewer) -> Mark:
        return await mark_in(core, uow, actor, event, command)

    return await decided_on(
        core, actor, command.event_id, Action.MARK_ATTENDANCE, marked
    )


async def mark_in(
    core: EventsCore,
    uow: UnitOfWork,
    actor: Actor,
    event: Event,
    command: MarkAttendance,
) -> Mark:
    """Mark a person as present in a unit of work, as ``mark_attendance`` says.

    Raises:
        AttendanceClosed, NotConfirmed, InvalidFields: as ``mark_attendance``; nothing
            was changed.
        ConcurrentChange: somebody else marked her meanwhile.
    """
    now = core.clock.now()
    nonce = _checked_nonce(command)
    at = _checked_time(command, now)
    occurrence = chosen_occurrence(event, command.occurrence)
    if nonce is not None:
        reply = await uow.attendance.answered(event.id, occurrence, nonce)
        if reply is not None:
            if reply.mark.user_id != command.user_id:
                raise InvalidFields({"nonce": ("was used for somebody else",)})
            return Mark(reply.mark, created=False, is_copy=reply.made)
    opens = core.policies.attendance_opens
    attendance.check_takes_marks(event, at, opens=opens)
    present = await uow.attendance.find(event.id, occurrence, command.user_id)
    refusal = await _refusal(core, uow, event, command)
    change = attendance.mark_attendance(
        event,
        present,
        user_id=command.user_id,
        by=actor.user_id,
        cause=core.cause(actor),
        message_id=core.new_message_id(),
        at=None if command.at is None else at,
    )
    await uow.attendance.save(change)
    assert change.after is not None
    if nonce is not None:
        reply = attendance.Reply(change.after, made=change.happened)
        await uow.attendance.remember(nonce, reply)
    return Mark(change.after, created=change.happened, refusal=refusal)


async def _refusal(
    core: EventsCore, uow: UnitOfWork, event: Event, command: MarkAttendance
) -> Refusal | None:
    """Return why her pass would not let her in now, where she showed one.

    Whether she has been marked already does not matter: marks come in any order.

    Raises:
        NotConfirmed: she showed none, has no place, and the event takes no walk-ins.
        InvalidFields: the pass is none of hers.
    """
    shown = command.pass_hash
    if shown is None and event.signup.walk_ins:
        return None
    hers = hashed_passes(event, command.user_id, core.pass_keys)
    if shown is not None and shown not in hers:
        raise InvalidFields({"pass_hash": ("is of no pass of hers",)})
    bearer = Bearer(command.user_id)
    listing = await uow.events.look(event.id, Everything(), bearer)
    admission = listing.my_admission if listing else None
    if shown is None:
        attendance.check_takes_person(event, admission)
        return None
    answered = listing is not None and listing.my_answer is not None
    return refusal_of(admission, has_answer=answered)


def _checked_nonce(command: MarkAttendance) -> str | None:
    if command.nonce is None:
        if command.at is not None:
            raise InvalidFields({"marked_at": ("goes with a nonce only",)})
        return None
    try:
        return NONCE.clean(command.nonce)
    except ValueError as problem:
        raise InvalidFields({"nonce": (str(problem),)}) from None


def _checked_time(command: MarkAttendance, now: datetime) -> datetime:
    if command.at is None:
        return now
    if command.at > now + AHEAD:
        raise InvalidFields({"marked_at": ("must not be in the future",)})
    return min(command.at, now)
