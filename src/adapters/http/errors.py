"""Every error and what becomes of it on the wire: one table, one envelope.

The core's errors know nothing of HTTP; ``STATUS`` says what each of them is here.
What only a transport can find wrong is an ``EdgeError`` and carries its status.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar
from urllib.parse import quote

import orjson
from attrs import frozen

from adapters.http.handling import JSON, Answer
from events_core import errors

PROBLEM_JSON = "application/problem+json"

#: What each error of the core is in HTTP. The nearest ancestor decides.
STATUS: Mapping[type[errors.EventsError], int] = {
    errors.Invalid: 422,
    errors.InvalidTimeRange: 400,
    errors.NoUpdates: 400,
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.VersionMismatch: 412,
    errors.Unavailable: 503,
}


class EdgeError(Exception):
    """The root of what the transport itself refuses, or cannot do."""

    status: ClassVar[int]
    code: ClassVar[str]

    @property
    def details(self) -> Mapping[str, Any]:
        """What a program can do something with; members in camelCase."""
        return {}

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What the status demands beside the body."""
        return ()


@frozen
class Malformed(EdgeError):
    """Something cannot be read at all: 400 ``INVALID_<WHAT>``.

    ``what`` is the name of the parameter or header, such as ``from`` or ``event_id``.
    """

    status = 400
    what: str
    problem: str

    @property
    def code(self) -> str:  # type: ignore[override]
        return "INVALID_" + re.sub(r"[^A-Z0-9]+", "_", snake_case(self.what).upper())

    def __str__(self) -> str:
        return f"{self.what}: {self.problem}"


@frozen
class InvalidJson(EdgeError):
    """The body is not JSON, or not UTF-8."""

    status = 400
    code = "INVALID_JSON"
    problem: str = "the body is not valid JSON"

    def __str__(self) -> str:
        return self.problem


@frozen
class MissingRequestId(EdgeError):
    """No ``X-Request-Id``, or an empty one."""

    status = 400
    code = "MISSING_REQUEST_ID"

    def __str__(self) -> str:
        return "the header X-Request-Id is missing"


@frozen
class MissingTenantContext(EdgeError):
    """No tenant id, or no slug."""

    status = 400
    code = "MISSING_TENANT_CONTEXT"

    def __str__(self) -> str:
        return "the headers X-Tenant-Id and X-Tenant-Slug are both needed"


@frozen
class InvalidTenantId(EdgeError):
    """The tenant id is no UUID."""

    status = 400
    code = "INVALID_TENANT_ID"

    def __str__(self) -> str:
        return "X-Tenant-Id is not a UUID"


@frozen
class Unauthorized(EdgeError):
    """Nobody vouches for this request. Says the same whatever is wrong with it."""

    status = 401
    code = "UNAUTHORIZED"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return (("WWW-Authenticate", "Updspace-Signature"),)

    def __str__(self) -> str:
        return "the signed context is missing or does not hold"


@frozen
class Unauthenticated(EdgeError):
    """The request is vouched for, but names no person."""

    status = 401
    code = "UNAUTHENTICATED"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return (("WWW-Authenticate", "Updspace-Signature"),)

    def __str__(self) -> str:
        return "the header X-User-Id is missing"


@frozen
class InvalidUserId(EdgeError):
    """The user id of the context is no UUID."""

    status = 400
    code = "INVALID_USER_ID"

    def __str__(self) -> str:
        return "X-User-Id is not a UUID"


@frozen
class RouteNotFound(EdgeError):
    """The path leads nowhere. Looks like a thing that is not there."""

    status = 404
    code = "NOT_FOUND"

    def __str__(self) -> str:
        return "there is nothing at this path"


@frozen
class MethodNotAllowed(EdgeError):
    """The path is known, the method is not one of its own."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    allowed: tuple[str, ...]

    @property
    def details(self) -> Mapping[str, Any]:
        return {"allowed": list(self.allowed)}

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return (("Allow", ", ".join(self.allowed)),)

    def __str__(self) -> str:
        return f"this path knows {', '.join(self.allowed)}"


@frozen
class NotAcceptable(EdgeError):
    """The caller accepts none of the forms there are."""

    status = 406
    code = "NOT_ACCEPTABLE"
    offered: tuple[str, ...]

    @property
    def details(self) -> Mapping[str, Any]:
        return {"offered": list(self.offered)}

    def __str__(self) -> str:
        return f"there is {', '.join(self.offered)} only"


@frozen
class RequestTimeout(EdgeError):
    """The request did not arrive in time."""

    status = 408
    code = "REQUEST_TIMEOUT"

    def __str__(self) -> str:
        return "the request took too long to arrive"


@frozen
class BodyTooLarge(EdgeError):
    """The body is longer, or deeper, than is read here. ``limit`` in bytes."""

    status = 413
    code = "BODY_TOO_LARGE"
    limit: int
    problem: str = "the body is too long"

    @property
    def details(self) -> Mapping[str, Any]:
        return {"limit": self.limit}

    def __str__(self) -> str:
        return self.problem


@frozen
class UriTooLong(EdgeError):
    """Path and query are longer than is read here. ``limit`` in bytes."""

    status = 414
    code = "URI_TOO_LONG"
    limit: int

    @property
    def details(self) -> Mapping[str, Any]:
        return {"limit": self.limit}

    def __str__(self) -> str:
        return "the address is too long"


@frozen
class UnsupportedMediaType(EdgeError):
    """The body is said to be something this operation does not take."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    takes: tuple[str, ...]

    @property
    def details(self) -> Mapping[str, Any]:
        return {"takes": list(self.takes)}

    def __str__(self) -> str:
        return f"the body must be {' or '.join(self.takes)}"


@frozen
class DuplicateField(EdgeError):
    """One field came twice: in both spellings, or repeated."""

    status = 422
    code = "DUPLICATE_FIELD"
    name: str

    @property
    def details(self) -> Mapping[str, Any]:
        return {"fields": {self.name: ["given more than once"]}}

    def __str__(self) -> str:
        return f"{self.name} is given more than once"


@frozen
class IdempotencyKeyReused(EdgeError):
    """The key was used for another request before."""

    status = 422
    code = "IDEMPOTENCY_KEY_REUSED"

    def __str__(self) -> str:
        return "this idempotency key was used for another request"


@frozen
class IdempotencyInProgress(EdgeError):
    """The first of the same requests is still at work."""

    status = 409
    code = "IDEMPOTENCY_IN_PROGRESS"
    retry_after: float = 1.0

    def __str__(self) -> str:
        return "the same request is still at work; ask again in a moment"


@frozen
class RateLimited(EdgeError):
    """Too many requests; again after ``retry_after`` seconds."""

    status = 429
    code = "RATE_LIMITED"
    retry_after: float

    def __str__(self) -> str:
        return "too many requests"


@frozen
class HeadersTooLarge(EdgeError):
    """Too many header fields, or too long ones."""

    status = 431
    code = "HEADERS_TOO_LARGE"

    def __str__(self) -> str:
        return "the headers are too long or too many"


@frozen
class DeadlineExceeded(EdgeError):
    """It took longer than a request may. Whether anything was changed is not known."""

    status = 503
    code = "DEADLINE_EXCEEDED"
    retry_after: float = 1.0

    def __str__(self) -> str:
        return "this took too long and was given up"


@frozen
class Overloaded(EdgeError):
    """As many requests are at work as there may be; nothing was done."""

    status = 503
    code = "OVERLOADED"
    retry_after: float = 1.0

    def __str__(self) -> str:
        return "too much is asked at once"


@frozen
class NotReady(EdgeError):
    """The service cannot do its work now; ``failed`` names the checks that say so."""

    status = 503
    code = "NOT_READY"
    failed: tuple[str, ...]
    retry_after: float = 1.0

    @property
    def details(self) -> Mapping[str, Any]:
        return {"failed": list(self.failed)}

    def __str__(self) -> str:
        return f"not ready: {', '.join(self.failed)}"


@frozen
class InternalError(EdgeError):
    """A fault of ours. What it was is in the log, under the request id."""

    status = 500
    code = "INTERNAL_ERROR"

    def __str__(self) -> str:
        return "something went wrong here"


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
        case errors.VersionMismatch(current):
            return {"currentVersion": current}
        case errors.RsvpClosed(closed_at) if closed_at is not None:
            utc = closed_at.astimezone(UTC)
            return {"closedAt": utc.isoformat().replace("+00:00", "Z")}
        case _:
            return {}


def retry_after_of(error: Known, status: int) -> int | None:
    """Return after how many whole seconds to ask again; None where it is no use."""
    wait: float | None = getattr(error, "retry_after", None)
    if wait is None and status == 503:
        wait = 1.0
    return None if wait is None else max(1, math.ceil(wait))


def camel_case(name: str) -> str:
    """Return the name as the wire spells it; dotted parts each by themselves."""
    return re.sub(r"_+([a-z0-9])", lambda match: match[1].upper(), name)


def snake_case(name: str) -> str:
    """Return the name as Python spells it."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
