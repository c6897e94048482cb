"""What became of an event, in numbers."""

import events_core
from adapters.http.codec import views
from adapters.http.codec.sheets import sheet, wants_sheet
from adapters.http.handling import Answer, Call
from adapters.http.routes.targets import event_in
from events_core import Numbers


async def get_numbers(call: Call) -> Answer:
    """Answer 200 with the numbers, as JSON or as one line of CSV."""
    numbers = await events_core.get_numbers(call.core, call.actor, event_in(call))
    shown = _shown(numbers)
    if wants_sheet(call):
        return sheet([*shown], [shown])
    return Answer(200, views.dump(shown))


def _shown(numbers: Numbers) -> views.Json:
    return {
        "interested": numbers.tally.interested,
        "going": numbers.tally.going,
        "notGoing": numbers.tally.not_going,
        "registrationCount": numbers.tally.seats,
        "waitlistCount": numbers.tally.waiting,
        "came": numbers.came,
        "noShows": numbers.no_shows,
        "walkIns": numbers.walk_ins,
        "saidNoButCame": numbers.said_no_but_came,
    }
