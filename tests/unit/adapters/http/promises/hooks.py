"""Signs what Schemathesis sends, as the contract says it is to be signed."""

from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import schemathesis
from requests import PreparedRequest, Response
from requests.auth import AuthBase

from adapters import signing
from tests.unit.adapters.http.edge.toy import SECRET

TENANT = "018f2f6e-0000-7000-8000-000000000001"
USER = "018f2f6e-0000-7000-8000-000000000002"
STRANGER = "018f2f6e-0000-7000-8000-000000000003"


def now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


class Signed(AuthBase):
    """The signed context of one person; of another where she deleted what is read.

    Whoever may restore an event still sees it: it is gone for everybody else.
    """

    def __init__(self) -> None:
        self._deleted: set[str] = set()

    def _asker(self, method: str, path: str) -> str:
        is_gone = any(path.startswith(one) for one in self._deleted)
        return STRANGER if method in {"GET", "HEAD"} and is_gone else USER

    def _answered(self, answer: Response, **_: object) -> None:
        if answer.request.method == "DELETE" and answer.ok:
            self._deleted.add(urlsplit(answer.request.url or "").path)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        assert isinstance(body, bytes)
        timestamp = int(now().timestamp())
        request_id = str(uuid4())
        method, path = request.method or "", urlsplit(request.url or "").path
        context = {
            signing.REQUEST_ID: request_id,
            signing.TENANT_ID: TENANT,
            signing.TENANT_SLUG: "home",
            signing.USER_ID: self._asker(method, path),
            signing.TIMESTAMP: str(timestamp),
            signing.SIGNATURE: signing.sign(
                SECRET,
                method=method,
                path=path.encode(),
                body=body,
                request_id=request_id.encode(),
                timestamp=timestamp,
            ),
        }
        request.headers.update(context)
        request.register_hook("response", self._answered)
        return request


schemathesis.auth.set_from_requests(Signed())  # type: ignore[attr-defined]
