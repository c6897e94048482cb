"""The life of an event: published, postponed, cancelled, completed, gone and back."""

import events_core
from adapters.http.codec import commands
from adapters.http.handling import ONLY_JSON, Answer, Call, Handler, Operation
from adapters.http.routes.events import expected_version, may_update, shown
from adapters.http.routes.targets import event_in
from events_core import Action, DeleteEvent, MoveEvent, RestoreEvent, Status


def move_to(status: Status) -> Handler:
    """Return what answers 200 with the event in that state."""

    async def move(call: Call) -> Answer:
        command = MoveEvent(
            event_id=event_in(call),
            to=status,
            reason=commands.reason_of(call.body),
            expected_version=await expected_version(call),
        )
        return shown(await events_core.move_event(call.core, call.actor, command))

    return move


async def delete_event(call: Call) -> Answer:
    """Answer 204: it is in no list any more."""
    command = DeleteEvent(
        event_id=event_in(call), expected_version=await expected_version(call)
    )
    await events_core.delete_event(call.core, call.actor, command)
    return Answer(204, media_type=None)


async def restore_event(call: Call) -> Answer:
    """Answer 200 with the event as it was."""
    command = RestoreEvent(
        event_id=event_in(call),
        reason=commands.reason_of(call.body),
        expected_version=await expected_version(call),
    )
    return shown(await events_core.restore_event(call.core, call.actor, command))


async def may_delete(call: Call) -> None:
    """Check that the asker may still delete or restore the event."""
    await events_core.authorize(call.core, call.actor, event_in(call), Action.DELETE)


OPERATIONS = (
    Operation(
        "DELETE",
        "/events/{event_id}",
        "deleteEvent",
        delete_event,
        may_repeat=may_delete,
    ),
    Operation(
        "POST",
        "/events/{event_id}/restore",
        "restoreEvent",
        restore_event,
        may_repeat=may_delete,
        takes=ONLY_JSON,
    ),
    *(
        Operation(
            "POST",
            f"/events/{{event_id}}/{step}",
            f"{step}Event",
            move_to(status),
            may_repeat=may_update,
            takes=ONLY_JSON,
        )
        for step, status in (
            ("publish", Status.PUBLISHED),
            ("postpone", Status.POSTPONED),
            ("cancel", Status.CANCELLED),
            ("complete", Status.COMPLETED),
        )
    ),
)
