"""Why one may do something with an event, or may not."""

import events_core
from adapters.http.codec import commands, views
from adapters.http.handling import Answer, Call, Operation
from adapters.http.routes.targets import event_in


async def explain_event(call: Call) -> Answer:
    """Answer 200 with the rules that decide."""
    command = commands.explain_event(event_in(call), call.query)
    explanation = await events_core.explain_event(call.core, call.actor, command)
    return Answer(200, views.dump(views.explanation(explanation)))


OPERATIONS = (
    Operation(
        "GET",
        "/events/{event_id}/explain",
        "explainEvent",
        explain_event,
    ),
)
