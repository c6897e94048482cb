"""The audit trail in JSON: for those who manage a tenant, and whole, to be exported."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from adapters.http.codec.dispatches import instant
from adapters.http.codec.times import stamp
from adapters.http.codec.views import Json
from events_core import AuditQuery, Deed, EventId, Outcome, UserId
from events_core.domain.chain import Link, form_of
from events_core.domain.text import FieldProblems
from events_core.ports.store import Chained


def query(given: Mapping[str, Any], *, before: int | None) -> AuditQuery:
    """Read which entries are asked for.

    Raises:
        InvalidFields: there is no such time.
    """
    problems = FieldProblems()
    since, until = (
        None
        if (text := given.get(name)) is None
        else problems.checked(name, partial(instant, text), None)
        for name in ("since", "until")
    )
    problems.raise_if_any()
    user, event = given.get("user"), given.get("event")
    deeds, outcome = given.get("deed"), given.get("outcome")
    return AuditQuery(
        person=None if user is None else UserId(UUID(user)),
        deeds=None if deeds is None else frozenset(map(Deed, deeds)),
        outcome=None if outcome is None else Outcome(outcome),
        event_id=None if event is None else EventId(UUID(event)),
        since=since,
        until=until,
        before=before,
        limit=given.get("limit", 100),
    )


def entry(view: Chained) -> Json:
    """Show an entry in its place."""
    one = view.entry
    return {
        "position": view.position,
        "deed": one.deed,
        "outcome": one.outcome,
        "at": stamp(one.at),
        "via": one.via,
        "asAdmin": one.as_admin,
        "by": one.by,
        "whom": one.whom,
        "requestId": one.request_id,
        "eventId": one.event_id,
        "occurrence": one.occurrence,
        "eventVersion": one.event_version,
        "subjectId": one.subject_id,
        "names": one.names,
        "times": one.times,
    }


def link(view: Link) -> Json:
    """Show a link with all that it takes to verify it; snake_case, as it is hashed."""
    place: Json = {"position": view.position, "hash": view.hash.hex()}
    if view.sealed is None:
        return place
    personal = {
        name: {
            "digest": salted.digest.hex(),
            "salt": None if salted.salt is None else salted.salt.hex(),
        }
        for name, salted in view.sealed.personal.items()
    }
    digest = view.sealed.digest.hex()
    return {**place, **form_of(view.sealed), "digest": digest, "personal": personal}
