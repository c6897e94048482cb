"""The operations: each takes a command in, asks a use case, and shows the view.

``OPERATIONS`` is the route table, made of the rows that stand beside the handlers.
Every row stands in ``openapi.yaml`` under the same name; a test holds the two together.
"""

from adapters.http.handling import Operation
from adapters.http.routes import (
    attendance,
    audit,
    calendar,
    dispatches,
    events,
    explanation,
    history,
    lifecycle,
    listing,
    numbers,
    passes,
    people,
    roles,
    rsvp,
    seats,
    subscriptions,
)

OPERATIONS: tuple[Operation, ...] = (
    *listing.OPERATIONS,
    *events.OPERATIONS,
    *people.OPERATIONS,
    *history.OPERATIONS,
    *explanation.OPERATIONS,
    *roles.OPERATIONS,
    *lifecycle.OPERATIONS,
    *calendar.OPERATIONS,
    *rsvp.OPERATIONS,
    *seats.OPERATIONS,
    *attendance.OPERATIONS,
    *subscriptions.OPERATIONS,
    *numbers.OPERATIONS,
    *passes.OPERATIONS,
    *dispatches.OPERATIONS,
    *audit.OPERATIONS,
)
