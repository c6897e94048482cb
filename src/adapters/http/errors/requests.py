"""What is asked cannot be read, or leads nowhere."""

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from adapters.http.errors.root import EdgeError
from adapters.http.spelling import snake_case


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
class HeadersTooLarge(EdgeError):
    """Too many header fields, or too long ones."""

    status = 431
    code = "HEADERS_TOO_LARGE"

    def __str__(self) -> str:
        return "the headers are too long or too many"
