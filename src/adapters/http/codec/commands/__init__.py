"""From checked JSON to commands: names, types and nulls, and no rule of the domain."""

from adapters.http.codec.commands.answers import (
    mark_attendance,
    occurrence,
    promote_waiting,
    read_seats,
    set_rsvp,
    set_rsvp_for,
)
from adapters.http.codec.commands.events import (
    create_event,
    create_events,
    list_events,
    revision,
    scope_asked,
    scope_of_new,
)
from adapters.http.codec.commands.history import (
    reason_of,
    roll_back_event,
    two_versions,
)
from adapters.http.codec.commands.roles import explain_event, give_role

__all__ = [
    "create_event",
    "create_events",
    "explain_event",
    "give_role",
    "list_events",
    "mark_attendance",
    "occurrence",
    "promote_waiting",
    "read_seats",
    "reason_of",
    "revision",
    "roll_back_event",
    "scope_asked",
    "scope_of_new",
    "set_rsvp",
    "set_rsvp_for",
    "two_versions",
]
