"""The signature of the internal context: its canonical form, stated once.

Both who calls and who is called agree on these bytes, so the adapters on either side
stand on this module, and it stands on the standard library alone. Everything is
bytes as they travel: no side has to guess how the other one decodes.

What is signed is the method, the path, the body, the request id and the time. The
query, the tenant, the user and the master flags are *not*, and nothing stops a
second use: the receiver makes repeats harmless by other means.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from urllib.parse import quote

REQUEST_ID = "X-Request-Id"
TENANT_ID = "X-Tenant-Id"
TENANT_SLUG = "X-Tenant-Slug"
USER_ID = "X-User-Id"
MASTER_FLAGS = "X-Master-Flags"
TIMESTAMP = "X-Updspace-Timestamp"
SIGNATURE = "X-Updspace-Signature"

#: How far a timestamp may be from the receiver's clock, either way, inclusive.
WINDOW_SECONDS = 300

_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_PRINTABLE = "".join(map(chr, range(ord("!"), ord("~") + 1)))


def header_value(text: str) -> str:
    """Return the text itself where it is visible ASCII, else percent-encoded."""
    return quote(text, safe=_PRINTABLE, errors="replace")


def canonical_form(
    *, method: str, path: bytes, body: bytes, request_id: bytes, timestamp: int
) -> bytes:
    """Return what is signed: five lines joined by LF, without a trailing one.

    ``path`` is the whole path as it travels: percent-encoded, with every prefix,
    without the query. ``timestamp`` is in Unix seconds.
    """
    return b"\n".join(
        (
            method.upper().encode(),
            path,
            hashlib.sha256(body).hexdigest().encode(),
            request_id,
            str(timestamp).encode(),
        )
    )


def sign(
    secret: bytes,
    *,
    method: str,
    path: bytes,
    body: bytes,
    request_id: bytes,
    timestamp: int,
) -> str:
    """Return the signature, HMAC-SHA256 in lower-case hex."""
    signed = canonical_form(
        method=method,
        path=path,
        body=body,
        request_id=request_id,
        timestamp=timestamp,
    )
    return _mac(secret, signed)


def verify(
    secrets: Sequence[bytes],
    *,
    signature: bytes,
    timestamp: bytes,
    now: int,
    method: str,
    path: bytes,
    body: bytes,
    request_id: bytes,
) -> int | None:
    """Return the position of the secret that signed this, None where none did.

    ``signature`` and ``timestamp`` are the headers' values as received, ``now`` is in
    Unix seconds. None too for a timestamp that is no plain integer or is outside the
    window. All secrets are tried whichever matches, each in constant time, so that
    the time taken tells nothing.
    """
    if not _TIMESTAMP.fullmatch(timestamp):
        return None
    signed_at = int(timestamp)
    if abs(now - signed_at) > WINDOW_SECONDS:
        return None
    signed = canonical_form(
        method=method,
        path=path,
        body=body,
        request_id=request_id,
        timestamp=signed_at,
    )
    matched = None
    for position, secret in enumerate(secrets):
        expected = _mac(secret, signed).encode()
        if hmac.compare_digest(expected, signature) and matched is None:
            matched = position
    return matched


def _mac(secret: bytes, signed: bytes) -> str:
    return hmac.digest(secret, signed, "sha256").hex()
