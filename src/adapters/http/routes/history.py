"""What an event was: read it, compare it, bring it back."""

import events_core
from adapters.http.codec import commands, versions, views
from adapters.http.handling import ONLY_JSON, Answer, Call, Operation
from adapters.http.routes.events import expected_version, shown
from adapters.http.routes.targets import event_in
from events_core import Action, ReadHistory


async def read_history(call: Call) -> Answer:
    """Answer 200 with one page of versions."""
    command = ReadHistory(
        event_id=event_in(call),
        limit=call.query.get("limit", 100),
        offset=call.query.get("offset", 0),
    )
    history = await events_core.read_history(call.core, call.actor, command)
    return Answer(200, views.dump(versions.page(command, history)))


async def read_version(call: Call) -> Answer:
    """Answer 200 with one version, all of it."""
    number = int(call.path_params["version"])
    version = await events_core.read_version(
        call.core, call.actor, event_in(call), number
    )
    return Answer(200, views.dump(versions.version(version)))


async def compare_versions(call: Call) -> Answer:
    """Answer 200 with what lies between two versions."""
    old, new = commands.two_versions(call.query)
    comparison = await events_core.compare_versions(
        call.core, call.actor, event_in(call), old, new
    )
    return Answer(200, views.dump(versions.comparison(old, new, comparison)))


async def roll_back_event(call: Call) -> Answer:
    """Answer 200 with the event as it is now."""
    command = commands.roll_back_event(
        event_in(call), call.body, expected_version=await expected_version(call)
    )
    return shown(await events_core.roll_back_event(call.core, call.actor, command))


async def may_roll_back(call: Call) -> None:
    """Check that the asker may still change the event."""
    await events_core.authorize(call.core, call.actor, event_in(call), Action.UPDATE)


OPERATIONS = (
    Operation("GET", "/events/{event_id}/history", "readHistory", read_history),
    Operation(
        "GET",
        "/events/{event_id}/history/{version}",
        "readVersion",
        read_version,
    ),
    Operation("GET", "/events/{event_id}/diff", "compareVersions", compare_versions),
    Operation(
        "POST",
        "/events/{event_id}/rollback",
        "rollBackEvent",
        roll_back_event,
        may_repeat=may_roll_back,
        takes=ONLY_JSON,
    ),
)
