"""Calls the events service with a signed context, on the standard library alone."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4


def sign(
    secret: bytes,
    method: str,
    path: str,
    body: bytes,
    *,
    request_id: str,
    timestamp: int,
) -> str:
    """Return the signature of a request; ``path`` is without the query."""
    lines = (
        method.upper(),
        path,
        hashlib.sha256(body).hexdigest(),
        request_id,
        str(timestamp),
    )
    return hmac.new(secret, "\n".join(lines).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Caller:
    """Somebody of a tenant, as the platform vouches for her."""

    base_url: str
    secret: bytes
    tenant_id: UUID
    tenant_slug: str
    user_id: UUID

    def call(
        self,
        method: str,
        target: str,
        data: object = None,
        *,
        request_id: str | None = None,
    ) -> tuple[int, Any]:
        """Send a request and return the status and the JSON of the answer.

        ``target`` is path and query, percent-encoded. To repeat a request that got
        no answer, send it with the same ``request_id``.
        """
        body = b"" if data is None else json.dumps(data).encode()
        request_id = request_id or str(uuid4())
        timestamp = int(time.time())
        path = target.partition("?")[0]
        headers = {
            "X-Request-Id": request_id,
            "X-Tenant-Id": str(self.tenant_id),
            "X-Tenant-Slug": self.tenant_slug,
            "X-User-Id": str(self.user_id),
            "X-Updspace-Timestamp": str(timestamp),
            "X-Updspace-Signature": sign(
                self.secret,
                method,
                path,
                body,
                request_id=request_id,
                timestamp=timestamp,
            ),
        }
        if body:
            headers["Content-Type"] = "application/json"
        url = urlsplit(self.base_url)
        connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = connect(url.hostname or "", url.port, timeout=10)
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(content) if content else None
