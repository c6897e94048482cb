"""Standard Webhooks 1.0: signing what we send, and verifying what one receives.

For consumers, too: it needs nothing but the standard library. ``verify`` takes the
body as it came, raises ``WebhookError`` for whatever is wrong, and nothing else.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"

#: How far a timestamp may be from the receiver's clock, either way, in seconds.
TOLERANCE = 300

#: How long an id is to be remembered, in seconds: longer than a message is tried again,
#: which is not quite three days unless the sender was set otherwise.
REMEMBERED = 7 * 24 * 60 * 60

PREFIX = "whsec_"

_INTEGER = re.compile(rb"[0-9]{1,12}")
_MOST_SIGNATURES = 16


class WebhookError(Exception):
    """What came is not what was sent, is too old, or has come before."""


class DuplicateWebhook(WebhookError):
    """It is genuine, and has come before: answer 2xx and do nothing."""


class SeenStore(Protocol):
    """Remembers message ids, best in the transaction of what they bring about.

    Otherwise what comes while that fails is remembered, and its repetition is taken
    for what has come before.
    """

    def add(self, message_id: str, keep_seconds: int, /) -> bool:
        """Remember an id for so long; return whether it was new. Must be atomic."""
        ...


@frozen
class Webhook:
    """A message that is genuine: its id, the time it was sent, and what it says."""

    id: str
    timestamp: int
    message: Any


def sign(secret: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature, ``v1,`` and base64 of HMAC-SHA256."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    mac = hmac.digest(secret, signed, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


def shown_secret(secret: bytes) -> str:
    """Return a secret as it is given to people: ``whsec_`` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def read_secret(shown: str) -> bytes:
    """Return the secret that is shown so.

    Raises:
        ValueError: it is none.
    """
    try:
        return base64.b64decode(shown.removeprefix(PREFIX).encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("a secret is whsec_ and base64") from None


def verify(
    secrets: Sequence[str],
    *,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    seen: SeenStore | None = None,
) -> Webhook:
    """Return what a webhook says, if one of the secrets has signed it.

    ``headers`` may be spelt in any case, ``body`` is the bytes as they came, ``now``
    is in Unix seconds. With ``seen`` an id that has come before is told apart; it is
    remembered only when everything else is right.

    Raises:
        DuplicateWebhook: it is genuine and has come before.
        WebhookError: it is not genuine, not JSON, or its time is not now.
        ValueError: a secret is none: that is not the sender's fault.
    """
    keys = [read_secret(secret) for secret in secrets]
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id = given[ID]
        timestamp, signatures = given[TIMESTAMP], given[SIGNATURE]
        raw_id, raw_time = message_id.encode(), timestamp.encode()
        candidates = signatures.encode().split(b" ")
    except KeyError as missing:
        raise WebhookError(f"no {missing.args[0]}") from None
    except UnicodeEncodeError:
        raise WebhookError("a header is not text") from None
    if not _INTEGER.fullmatch(raw_time):
        raise WebhookError("the timestamp is not an integer")
    if abs(now - int(raw_time)) > TOLERANCE:
        raise WebhookError("the timestamp is not now")
    expected = [
        sign(key, message_id=message_id, timestamp=int(raw_time), body=body).encode()
        for key in keys
    ]
    # What is signed is the text that came, not the number it stands for.
    is_plain = raw_id != b"" and str(int(raw_time)).encode() == raw_time
    matches = [
        hmac.compare_digest(one, candidate)
        for one in expected
        for candidate in candidates[:_MOST_SIGNATURES]
    ]
    if not (is_plain and any(matches)):
        raise WebhookError("no signature is right")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise WebhookError("the body is not JSON") from None
    if seen is not None and not seen.add(message_id, REMEMBERED):
        raise DuplicateWebhook(message_id)
    return Webhook(message_id, int(raw_time), message)
