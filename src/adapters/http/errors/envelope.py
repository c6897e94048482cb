"""What becomes of an error on the wire: one table, one envelope."""

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from adapters.http.errors.root import EdgeError
from adapters.http.handling import JSON, Answer
from adapters.http.spelling import camel_case
from events_core import errors
from events_core.wire import as_json

PROBLEM_JSON = "application/problem+json"

#: What each error of the core is in HTTP. The nearest ancestor decides.
STATUS: Mapping[type[errors.EventsError], int] = {
    errors.Invalid: 422,
    errors.InvalidTimeRange: 400,
    errors.NoUpdates: 400,
    errors.NotFound: 404,
    errors.FactsGone: 410,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.VersionMismatch: 412,
    errors.Unavailable: 503,
}

Known = errors.EventsError | EdgeError


def status_of(error: Known) -> int:
    """Return the HTTP status; that of the nearest ancestor ``STATUS`` names.

    Raises:
        LookupError: for an error of the core without such an ancestor.
    """
    if isinstance(error, EdgeError):
        return error.status
    for ancestor in type(error).__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    raise LookupError(f"{type(error).__name__} has no status")


def answer_to(error: Known, *, request_id: str, problem: bool = False) -> Answer:
    """Return the answer that tells of the error.

    The body is the platform's envelope and has the members of RFC 9457 beside it.
    ``problem`` is whether the caller accepts ``application/problem+json``.
    """
    status, details = status_of(error), dict(details_of(error))
    headers = error.headers if isinstance(error, EdgeError) else ()
    retry_after = retry_after_of(error, status)
    if retry_after is not None:
        headers = (*headers, ("Retry-After", str(retry_after)))
        details["retryAfterSeconds"] = retry_after
    body = {
        "type": "/problems/" + error.code.lower().replace("_", "-"),
        "title": error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": str(error),
        "instance": "urn:request:" + quote(request_id, safe=":@!$&'()*+,;=/"),
        "error": {
            "code": error.code,
            "message": str(error),
            "details": details,
            "request_id": request_id,
        },
    }
    return Answer(
        status=status,
        body=orjson.dumps(body),
        media_type=PROBLEM_JSON if problem else JSON,
        headers=headers,
    )


def details_of(error: Known) -> Mapping[str, Any]:
    """Return what a program can do something with; members in camelCase."""
    match error:
        case EdgeError():
            return error.details
        case errors.InvalidFields(fields):
            return {
                "fields": {
                    camel_case(name): list(problems)
                    for name, problems in fields.items()
                }
            }
        case errors.VisibilityNeedsScope(visibility, scope_kind):
            return {"visibility": visibility, "scopeType": scope_kind}
        case errors.VersionMismatch(current, changed):
            return {
                "currentVersion": current,
                "changedFields": [camel_case(name) for name in changed],
            }
        case errors.MergeConflict(current, fields):
            return {
                "currentVersion": current,
                "fields": {
                    camel_case(name): {"current": as_json(now), "yours": as_json(new)}
                    for name, (now, new) in fields.items()
                },
            }
        case errors.IllegalTransition(source, target, allowed):
            return {"from": source, "to": target, "allowed": list(allowed)}
        case errors.AttendanceClosed(opens_at) if opens_at is not None:
            return {"opensAt": as_json(opens_at)}
        case errors.RsvpClosed(closed_at, opens_at):
            moments = {"closedAt": closed_at, "opensAt": opens_at}
            return {name: as_json(at) for name, at in moments.items() if at}
        case errors.PartyTooLarge(largest):
            return {"largest": largest}
        case errors.CapacityFull(capacity, free):
            return {"capacity": capacity, "free": free}
        case errors.CapacityTooLow(taken):
            return {"taken": taken}
        case errors.NotWaiting(user_id):
            return {"userId": str(user_id)}
        case _:
            return {}


def retry_after_of(error: Known, status: int) -> int | None:
    """Return after how many whole seconds to ask again; None where it is no use."""
    wait: float | None = getattr(error, "retry_after", None)
    if wait is None and status == 503:
        wait = 1.0
    return None if wait is None else max(1, math.ceil(wait))
