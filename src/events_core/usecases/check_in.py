"""Let somebody in on her pass."""

from attrs import frozen

from events_core.domain.actors import Actor, Viewer
from events_core.domain.answers import Admission
from events_core.domain.event import Event
from events_core.domain.identity import EventId, UserId
from events_core.domain.passes import Refusal, read_pass, refusal_of
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.errors import EventNotFound, InvalidFields, PassesUnavailable
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import decided_on
from events_core.usecases.core import EventsCore
from events_core.usecases.mark_attendance import Mark, MarkAttendance, mark_in
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class CheckIn:
    """The pass as it was read, and the caller's own name for this reading of it."""

    event_id: EventId
    pass_text: str
    nonce: str | None = None


@frozen
class CheckedIn:
    """Who it is, and whether she is in; ``refusal`` says why she was not let in.

    ``user_id`` is None where the pass says nothing of this event.
    """

    refusal: Refusal | None
    user_id: UserId | None = None
    admission: Admission | None = None
    mark: Mark | None = None


@watched
async def check_in(core: EventsCore, actor: Actor, command: CheckIn) -> CheckedIn:
    """Mark the person whose pass it is, if she has a place; a refusal marks nobody.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she may not mark here.
        InvalidFields: that is no pass, or the nonce breaks its rule.
        AttendanceClosed: it is too early, or the event is not going to be.
        PassesUnavailable: there are no keys to read it with.
        ConcurrentChange: others marked the person all the while.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """

    async def seen(uow: UnitOfWork, event: Event, _: Viewer) -> CheckedIn:
        return await _seen(core, uow, actor, event, command)

    return await decided_on(core, actor, command.event_id, Action.MARK_ATTENDANCE, seen)


async def _seen(
    core: EventsCore, uow: UnitOfWork, actor: Actor, event: Event, command: CheckIn
) -> CheckedIn:
    if not core.pass_keys:
        raise PassesUnavailable
    try:
        shown = read_pass(command.pass_text, actor.tenant_id, core.pass_keys)
    except ValueError:
        raise InvalidFields({"pass": ("is none of ours",)}) from None
    if shown is None:
        return CheckedIn(Refusal.EXPIRED)
    if not shown.is_for(event):
        return CheckedIn(Refusal.WRONG_EVENT)
    listing = await uow.events.look(event.id, Everything(), Bearer(shown.user_id))
    if listing is None:
        raise EventNotFound(event.id)
    admission, answer = listing.my_admission, listing.my_answer
    refusal = refusal_of(admission, has_answer=answer is not None)
    if refusal is not None:
        return CheckedIn(refusal, shown.user_id, admission)
    mark = await mark_in(
        core,
        uow,
        actor,
        event,
        MarkAttendance(event_id=event.id, user_id=shown.user_id, nonce=command.nonce),
    )
    already = None if mark.created or mark.is_copy else Refusal.ALREADY_IN
    return CheckedIn(already, shown.user_id, admission, mark)
