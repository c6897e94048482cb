"""What a path names."""

from uuid import UUID

from adapters.http.handling import Call
from events_core import EventId, UserId


def event_in(call: Call) -> EventId:
    """Return the event the path names."""
    return EventId(UUID(call.path_params["event_id"]))


def person_in(call: Call) -> UserId:
    """Return the person the path names."""
    return UserId(UUID(call.path_params["user_id"]))


def subscription_in(call: Call) -> UUID:
    """Return the subscription the path names."""
    return UUID(call.path_params["subscription_id"])
