"""Signs what Schemathesis sends, as the contract says it is to be signed."""

from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase

from adapters import signing
from tests.unit.adapters.http.edge.toy import SECRET

TENANT = "018f2f6e-0000-7000-8000-000000000001"
USER = "018f2f6e-0000-7000-8000-000000000002"


def now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


class Signed(AuthBase):
    """The signed context of one person."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        assert isinstance(body, bytes)
        timestamp = int(now().timestamp())
        request_id = str(uuid4())
        context = {
            signing.REQUEST_ID: request_id,
            signing.TENANT_ID: TENANT,
            signing.TENANT_SLUG: "home",
            signing.USER_ID: USER,
            signing.TIMESTAMP: str(timestamp),
            signing.SIGNATURE: signing.sign(
                SECRET,
                method=request.method or "",
                path=urlsplit(request.url or "").path.encode(),
                body=body,
                request_id=request_id.encode(),
                timestamp=timestamp,
            ),
        }
        request.headers.update(context)
        return request


schemathesis.auth.set_from_requests(Signed())  # type: ignore[attr-defined]
