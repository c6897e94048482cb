"""What each kind of subscriber is sent: the bytes, and the headers that sign them."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from attrs import field, frozen

from adapters import signing, webhooks
from events_core.domain.exposure import Visibility
from events_core.ports.outbox import Delivery, Kind

_JSON = {"Content-Type": "application/json", "User-Agent": "events-core"}
_LONGEST_TITLE = 256
_NOBODY = str(UUID(int=0))

#: Where Activity takes messages, below its address.
ACTIVITY_PATH = "/ingest/webhook/minecraft"


class NoSecret(Exception):
    """A secret that is needed to sign is not set; the message names it."""


@frozen
class Message:
    """One request: the bytes that are sent are the bytes that are signed."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@frozen(kw_only=True)
class ActivitySecrets:
    """What the two signatures that Activity wants are made with."""

    internal: bytes | None = field(default=None, repr=False)
    webhook: bytes | None = field(default=None, repr=False)


def message_for(
    delivery: Delivery,
    body: bytes,
    *,
    timestamp: int,
    activity: ActivitySecrets,
) -> Message:
    """Return the request for a delivery. ``timestamp`` is in Unix seconds.

    Raises:
        NoSecret: it cannot be signed.
    """
    subscriber = delivery.subscriber
    path = urlsplit(subscriber.url).path or "/"
    if subscriber.kind is Kind.ACTIVITY:
        if activity.internal is None:
            raise NoSecret("BFF_INTERNAL_HMAC_SECRET")
        if activity.webhook is None:
            raise NoSecret("ACTIVITY_WEBHOOK_SECRET")
        body = said_to(subscriber.kind, body)
        mac = hmac.new(activity.webhook, body, hashlib.sha256).hexdigest()
        context = _context(
            activity.internal,
            delivery,
            path=path,
            body=body,
            timestamp=timestamp,
        )
        return Message({**_JSON, **context, "X-Signature": f"sha256={mac}"}, body)
    if not subscriber.secrets:
        raise NoSecret("the subscription's secret")
    message_id = str(delivery.message_id)
    headers = {
        **_JSON,
        webhooks.ID: message_id,
        webhooks.TIMESTAMP: str(timestamp),
        webhooks.SIGNATURE: " ".join(
            webhooks.sign(secret, message_id=message_id, timestamp=timestamp, body=body)
            for secret in subscriber.secrets
        ),
    }
    if subscriber.kind is Kind.INTERNAL:
        secret = subscriber.secrets[0]
        headers |= _context(
            secret,
            delivery,
            path=path,
            body=body,
            timestamp=timestamp,
        )
    return Message(headers, body)


def said_to(kind: Kind, body: bytes) -> bytes:
    """Return a fact as a kind of subscriber takes it."""
    return activity_body(body) if kind is Kind.ACTIVITY else body


def activity_body(body: bytes) -> bytes:
    """Return a fact as Activity takes it; the same fact always gives the same bytes.

    Its ``event_id`` is the message's, by which Activity tells duplicates; the event's
    is ``calendar_event_id``. What is about no event is for nobody to see there.
    """
    fact: dict[str, Any] = json.loads(body)
    person = fact.get("user_id") or fact.get("created_by") or fact.get("by")
    renamed = {
        "type": fact.pop("event_type"),
        "calendar_event_id": fact.pop("event_id"),
        "event_id": fact.pop("message_id"),
        "title": (fact.pop("title", None) or "")[:_LONGEST_TITLE],
        "visibility": fact.pop("visibility") or Visibility.PRIVATE,
        "linked_user_id": person or _NOBODY,
    }
    told = {**renamed, **fact}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _context(
    secret: bytes,
    delivery: Delivery,
    *,
    path: str,
    body: bytes,
    timestamp: int,
) -> dict[str, str]:
    tenant_id, request_id = str(delivery.tenant_id), str(uuid4())
    return {
        # They redirect what does not seem to have come over TLS.
        "X-Forwarded-Proto": "https",
        signing.REQUEST_ID: request_id,
        signing.TENANT_ID: tenant_id,
        # The header must not be absent.
        signing.TENANT_SLUG: signing.header_value(delivery.tenant_slug) or tenant_id,
        signing.TIMESTAMP: str(timestamp),
        signing.SIGNATURE: signing.sign(
            secret,
            method="POST",
            path=path.encode(),
            body=body,
            request_id=request_id.encode(),
            timestamp=timestamp,
        ),
    }
