"""Writing down who came."""

import events_core
from adapters.http.codec import commands, views
from adapters.http.handling import Answer, Call
from adapters.http.routes.targets import event_in
from events_core import Action


async def mark_attendance(call: Call) -> Answer:
    """Answer 200 with the mark there is now."""
    command = commands.mark_attendance(event_in(call), call.body)
    mark = await events_core.mark_attendance(call.core, call.actor, command)
    return Answer(200, views.dump(views.mark(mark)))


async def may_mark(call: Call) -> None:
    """Check that the asker may still mark there."""
    await events_core.authorize(
        call.core, call.actor, event_in(call), Action.MARK_ATTENDANCE
    )
