"""What became of events, in numbers."""

import events_core
from adapters.http.codec import numbers, views
from adapters.http.codec.sheets import sheet, wants_sheet
from adapters.http.handling import Answer, Call, Operation
from adapters.http.routes.targets import event_in


async def get_numbers(call: Call) -> Answer:
    """Answer 200 with the numbers of one event, as JSON or as one line of CSV."""
    found = await events_core.get_numbers(call.core, call.actor, event_in(call))
    shown = numbers.numbers(found)
    return sheet([*shown], [shown]) if wants_sheet(call) else _json(shown)


async def sum_up(call: Call) -> Answer:
    """Answer 200 with one page of lines, or with a table of all."""
    as_sheet = wants_sheet(call)
    command = numbers.sum_up(call.query, whole=as_sheet)
    summary = await events_core.sum_up(call.core, call.actor, command)
    if as_sheet:
        return sheet(numbers.columns(command.by), map(numbers.row, summary.lines))
    return _json(numbers.summary(command, summary))


def _json(shown: views.Json) -> Answer:
    return Answer(200, views.dump(shown))


OPERATIONS = (
    Operation("GET", "/stats", "sumUp", sum_up),
    Operation("GET", "/events/{event_id}/stats", "getNumbers", get_numbers),
)
