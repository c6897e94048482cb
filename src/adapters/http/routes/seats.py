"""Seats: who has one and why, and moving people up by hand."""

import events_core
from adapters.http.codec import commands, seats
from adapters.http.codec.views import dump
from adapters.http.handling import ONLY_JSON, Answer, Call, Operation
from adapters.http.routes.targets import event_in
from events_core import Action


async def read_seats(call: Call) -> Answer:
    """Answer 200 with one page of the ledger."""
    command = commands.read_seats(event_in(call), call.query)
    view = await events_core.read_seats(call.core, call.actor, command)
    return Answer(200, dump(seats.page(command, view)))


async def promote_waiting(call: Call) -> Answer:
    """Answer 200 with who was moved up."""
    command = commands.promote_waiting(event_in(call), call.body)
    view = await events_core.promote_waiting(call.core, call.actor, command)
    return Answer(200, dump(seats.promotion(view)))


async def may_promote(call: Call) -> None:
    """Check that the asker may still change the event."""
    await events_core.authorize(call.core, call.actor, event_in(call), Action.UPDATE)


OPERATIONS = (
    Operation("GET", "/events/{event_id}/seats", "readSeats", read_seats),
    Operation(
        "POST",
        "/events/{event_id}/waitlist/promote",
        "promoteWaiting",
        promote_waiting,
        may_repeat=may_promote,
        takes=ONLY_JSON,
    ),
)
