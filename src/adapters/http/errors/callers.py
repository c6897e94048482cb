"""Who is asking cannot be told: what is wrong with the signed context."""

from attrs import frozen

from adapters.http.errors.root import EdgeError


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
