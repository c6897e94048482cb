"""Passes: given to participants, read at the door."""

import io

import segno

import events_core
from adapters.http.codec import commands, presence, views
from adapters.http.handling import ONLY_JSON, Answer, Call, Operation
from adapters.http.routes.attendance import may_mark
from adapters.http.routes.targets import event_in
from events_core import CheckIn, ListExpected

_NEVER_KEPT = (("Cache-Control", "no-store"),)


async def get_pass(call: Call) -> Answer:
    """Answer 200 with the asker's pass: as text, or drawn."""
    text = await events_core.get_pass(call.core, call.actor, event_in(call))
    match call.query.get("format", "json"):
        case "svg":
            return _drawn(text, "svg", "image/svg+xml")
        case "png":
            return _drawn(text, "png", "image/png")
        case _:
            return Answer(200, views.dump({"pass": text}), headers=_NEVER_KEPT)


async def list_expected(call: Call) -> Answer:
    """Answer 200 with who is expected, sealed for a device at the door."""
    command = ListExpected(
        event_id=event_in(call),
        occurrence=commands.occurrence(call.query),
        limit=call.query.get("limit"),
        offset=call.query.get("offset", 0),
    )
    sealed = await events_core.list_expected(call.core, call.actor, command)
    shown = presence.sealed_list(sealed)
    return Answer(200, views.dump(shown), headers=_NEVER_KEPT)


async def check_in(call: Call) -> Answer:
    """Answer 200 with who it is, and whether she is in."""
    command = CheckIn(
        event_id=event_in(call),
        pass_text=call.body["pass"],
        nonce=call.body.get("nonce"),
    )
    seen = await events_core.check_in(call.core, call.actor, command)
    return Answer(200, views.dump(presence.checked_in(seen)))


def _drawn(text: str, kind: str, media_type: str) -> Answer:
    drawing = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawing, kind=kind, scale=6)
    return Answer(200, drawing.getvalue(), media_type=media_type, headers=_NEVER_KEPT)


OPERATIONS = (
    Operation("GET", "/events/{event_id}/pass", "getPass", get_pass),
    Operation(
        "GET",
        "/events/{event_id}/checkin-list",
        "listExpected",
        list_expected,
    ),
    Operation(
        "POST",
        "/events/{event_id}/checkin",
        "checkIn",
        check_in,
        may_repeat=may_mark,
        takes=ONLY_JSON,
    ),
)
