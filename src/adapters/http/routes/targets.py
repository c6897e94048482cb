"""What a path names."""

from uuid import UUID

from adapters.http.handling import Call
from events_core import EventId, MessageId, Scope, ScopeKind, UserId
from events_core.domain.roles import Holder


def event_in(call: Call) -> EventId:
    """Return the event the path names."""
    return EventId(UUID(call.path_params["event_id"]))


def holder_in(call: Call) -> Holder:
    """Return whom the path names as the holder of a role."""
    if "group_id" not in call.path_params:
        return person_in(call)
    in_community = call.operation_id.endswith("CommunityRole")
    kind = ScopeKind.COMMUNITY if in_community else ScopeKind.TEAM
    return Scope(kind, UUID(call.path_params["group_id"]))


def person_in(call: Call) -> UserId:
    """Return the person the path names."""
    return UserId(UUID(call.path_params["user_id"]))


def message_in(call: Call) -> MessageId:
    """Return the message the path names."""
    return MessageId(UUID(call.path_params["message_id"]))


def subscription_in(call: Call) -> UUID:
    """Return the subscription the path names."""
    return UUID(call.path_params["subscription_id"])
