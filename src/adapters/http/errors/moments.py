"""Not now: the request is sound, and the service cannot do it at this moment."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from adapters.http.errors.root import EdgeError


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
