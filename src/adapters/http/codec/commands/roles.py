"""Who may do what, and why."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.http.codec.times import moment
from events_core import EventId, Explained, ExplainEvent, GiveRole, Role, UserId
from events_core.domain.roles import Holder
from events_core.domain.text import FieldProblems


def explain_event(event_id: EventId, query: Mapping[str, Any]) -> ExplainEvent:
    """Read what to explain, and about whom."""
    user = query.get("user")
    return ExplainEvent(
        event_id=event_id,
        action=Explained(query.get("action", Explained.SEE)),
        user_id=None if user is None else UserId(UUID(user)),
    )


def give_role(event_id: EventId, holder: Holder, body: Mapping[str, Any]) -> GiveRole:
    """Read which role is given.

    Raises:
        InvalidFields: its end is a time that there is not.
    """
    problems, ends = FieldProblems(), body.get("expiresAt")
    expires_at = ends and problems.checked("expires_at", lambda: moment(ends), None)
    problems.raise_if_any()
    return GiveRole(
        event_id=event_id,
        holder=holder,
        role=Role(body["role"]),
        expires_at=expires_at,
        transfer=bool(body.get("transfer")),
    )
