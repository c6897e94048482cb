"""Answering an event, and taking the answer back."""

import events_core
from adapters.http.codec import answers, commands, views
from adapters.http.codec.sheets import sheet, wants_sheet
from adapters.http.handling import ONLY_JSON, Answer, Call, Operation
from adapters.http.routes.targets import event_in, person_in
from events_core import Action, WithdrawRsvp
from events_core.errors import PermissionDenied


async def set_rsvp(call: Call) -> Answer:
    """Answer 200 with where the asker stands now."""
    command = commands.set_rsvp(event_in(call), call.body)
    standing = await events_core.set_rsvp(call.core, call.actor, command)
    return Answer(200, views.dump(views.standing(standing)))


async def may_answer(call: Call) -> None:
    """Check that the asker may still answer."""
    await events_core.authorize(call.core, call.actor, event_in(call), Action.ANSWER)


async def set_rsvp_for(call: Call) -> Answer:
    """Answer 200 with where the person stands now whom the asker answered for."""
    command = commands.set_rsvp_for(event_in(call), person_in(call), call.body)
    standing = await events_core.set_rsvp_for(call.core, call.actor, command)
    return Answer(200, views.dump(views.standing(standing)))


async def may_answer_for_others(call: Call) -> None:
    """Check that the asker may still answer for others."""
    await events_core.authorize(
        call.core, call.actor, event_in(call), Action.ANSWER_FOR_OTHERS
    )


async def list_answers(call: Call) -> Answer:
    """Answer 200 with one page of the answers, or with a table of all."""
    as_sheet = wants_sheet(call)
    command = answers.list_answers(event_in(call), call.query, whole=as_sheet)
    found = await events_core.list_answers(call.core, call.actor, command)
    if as_sheet:
        return sheet(answers.COLUMNS, map(answers.row, found.rsvps))
    return Answer(200, views.dump(answers.page(command, found)))


async def withdraw_rsvp(call: Call) -> Answer:
    """Answer 204: there is no answer of hers."""
    command = WithdrawRsvp(
        event_id=event_in(call), occurrence=commands.occurrence(call.query)
    )
    await events_core.withdraw_rsvp(call.core, call.actor, command)
    return Answer(204, media_type=None)


async def may_withdraw(call: Call) -> None:
    """Let everybody: it is her own answer. Only whoever is barred may do nothing."""
    if call.actor.flags.barred:
        raise PermissionDenied("withdraw this answer")


OPERATIONS = (
    Operation(
        "POST",
        "/events/{event_id}/rsvp",
        "setRsvp",
        set_rsvp,
        may_repeat=may_answer,
        takes=ONLY_JSON,
    ),
    Operation(
        "DELETE",
        "/events/{event_id}/rsvp",
        "withdrawRsvp",
        withdraw_rsvp,
        may_repeat=may_withdraw,
    ),
    Operation("GET", "/events/{event_id}/rsvps", "listAnswers", list_answers),
    Operation(
        "PUT",
        "/events/{event_id}/rsvps/{user_id}",
        "setRsvpFor",
        set_rsvp_for,
        may_repeat=may_answer_for_others,
        takes=ONLY_JSON,
    ),
)
