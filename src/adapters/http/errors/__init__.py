"""Every error and what becomes of it on the wire.

The core's errors know nothing of HTTP; ``STATUS`` says what each of them is here.
What only a transport can find wrong is an ``EdgeError`` and carries its status.
"""

from adapters.http.errors.callers import (
    InvalidTenantId,
    InvalidUserId,
    MissingRequestId,
    MissingTenantContext,
    Unauthenticated,
    Unauthorized,
)
from adapters.http.errors.envelope import (
    PROBLEM_JSON,
    STATUS,
    Known,
    answer_to,
    details_of,
    retry_after_of,
    status_of,
)
from adapters.http.errors.moments import (
    DeadlineExceeded,
    IdempotencyInProgress,
    InternalError,
    NotReady,
    Overloaded,
    RateLimited,
)
from adapters.http.errors.requests import (
    BodyTooLarge,
    DuplicateField,
    HeadersTooLarge,
    IdempotencyKeyReused,
    InvalidJson,
    Malformed,
    MethodNotAllowed,
    RequestTimeout,
    RouteNotFound,
    UnsupportedMediaType,
    UriTooLong,
)
from adapters.http.errors.root import (
    EdgeError,
)

__all__ = [
    "PROBLEM_JSON",
    "STATUS",
    "BodyTooLarge",
    "DeadlineExceeded",
    "DuplicateField",
    "EdgeError",
    "HeadersTooLarge",
    "IdempotencyInProgress",
    "IdempotencyKeyReused",
    "InternalError",
    "InvalidJson",
    "InvalidTenantId",
    "InvalidUserId",
    "Known",
    "Malformed",
    "MethodNotAllowed",
    "MissingRequestId",
    "MissingTenantContext",
    "NotReady",
    "Overloaded",
    "RateLimited",
    "RequestTimeout",
    "RouteNotFound",
    "Unauthenticated",
    "Unauthorized",
    "UnsupportedMediaType",
    "UriTooLong",
    "answer_to",
    "details_of",
    "retry_after_of",
    "status_of",
]
