"""Writing down who came, taking it back, and reading it."""

import events_core
from adapters.http.codec import commands, presence, views
from adapters.http.codec.sheets import sheet, wants_sheet
from adapters.http.handling import ONLY_JSON, Answer, Call, Operation
from adapters.http.routes.targets import event_in, person_in
from events_core import Action, ListAttendance, MarkMany, UndoAttendance


async def mark_attendance(call: Call) -> Answer:
    """Answer 200 with the mark there is now."""
    command = commands.mark_attendance(event_in(call), call.body)
    mark = await events_core.mark_attendance(call.core, call.actor, command)
    return Answer(200, views.dump(views.mark(mark)))


async def mark_many(call: Call) -> Answer:
    """Answer 200 with what came of each mark."""
    event_id = event_in(call)
    marks = [commands.mark_attendance(event_id, each) for each in call.body["marks"]]
    command = MarkMany(event_id=event_id, marks=marks)
    results = await events_core.mark_many(call.core, call.actor, command)
    shown = [presence.result(*pair) for pair in zip(marks, results, strict=True)]
    return Answer(200, views.dump({"results": shown}))


async def undo_attendance(call: Call) -> Answer:
    """Answer 204: no mark of the person stands."""
    command = UndoAttendance(
        event_id=event_in(call),
        user_id=person_in(call),
        occurrence=commands.occurrence(call.query),
    )
    await events_core.undo_attendance(call.core, call.actor, command)
    return Answer(204, media_type=None)


async def list_attendance(call: Call) -> Answer:
    """Answer 200 with one page of those who came, or with a table of all."""
    as_sheet = wants_sheet(call)
    command = ListAttendance(
        event_id=event_in(call),
        occurrence=commands.occurrence(call.query),
        limit=call.query.get("limit", None if as_sheet else 100),
        offset=call.query.get("offset", 0),
    )
    present = await events_core.list_attendance(call.core, call.actor, command)
    if as_sheet:
        return sheet(presence.COLUMNS, map(presence.row, present.marks))
    return Answer(200, views.dump(presence.page(command, present)))


async def may_mark(call: Call) -> None:
    """Check that the asker may still mark there."""
    await events_core.authorize(
        call.core, call.actor, event_in(call), Action.MARK_ATTENDANCE
    )


OPERATIONS = (
    Operation(
        "POST",
        "/events/{event_id}/attendance",
        "markAttendance",
        mark_attendance,
        may_repeat=may_mark,
        takes=ONLY_JSON,
    ),
    Operation(
        "GET",
        "/events/{event_id}/attendance",
        "listAttendance",
        list_attendance,
    ),
    Operation(
        "POST",
        "/events/{event_id}/attendance/batch",
        "markMany",
        mark_many,
        may_repeat=may_mark,
        takes=ONLY_JSON,
    ),
    Operation(
        "DELETE",
        "/events/{event_id}/attendance/{user_id}",
        "undoAttendance",
        undo_attendance,
        may_repeat=may_mark,
    ),
)
