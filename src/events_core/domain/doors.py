"""What a device at the door takes along, to let people in without a connection.

A list of who is expected, in which passes are hashed: whoever gets hold of it can
check a pass and make none. It is sealed with a key of its own, which every pass key
gives for every occurrence: who holds it can verify that occurrence's lists, and knows
nothing of the pass key, other events or passes.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from attrs import frozen

from events_core.domain.answers import Rsvp, Side
from events_core.domain.event import Event
from events_core.domain.identity import UserId
from events_core.domain.passes import sign_pass

#: The form of the list; another one will have another number.
LIST_VERSION = 1

_HEADER = {"alg": "HS256", "typ": "events-checkin-list"}


@frozen
class SealedList:
    """A list as it goes out: a JWS in compact form (RFC 7515), and the key to it."""

    text: str
    key: bytes


def hashed(pass_text: str) -> str:
    """Return what stands for a pass on a list: its SHA-256, in hexadecimal."""
    return sha256(pass_text.strip().encode()).hexdigest()


def hashed_passes(event: Event, user_id: UserId, keys: Sequence[bytes]) -> list[str]:
    """Return the hash of each pass of a person that is accepted now."""
    return [hashed(sign_pass(event, user_id, [key])) for key in keys]


def sealed_list(
    event: Event,
    expected: Iterable[Rsvp],
    *,
    present: Collection[UserId],
    part: Mapping[str, int],
    opens_at: datetime,
    at: datetime,
    keys: Sequence[bytes],
) -> SealedList:
    """Return who is expected, sealed.

    ``present`` are those who are in already, ``part`` says which part of how many this
    is, ``opens_at`` from when on people are let in. Who waits for a place has no pass.
    """
    key = hmac.digest(
        keys[0],
        b"door" + event.tenant_id.bytes + event.id.bytes + event.occurrence.encode(),
        "sha256",
    )
    payload = {
        "version": LIST_VERSION,
        "tenantId": str(event.tenant_id),
        "eventId": str(event.id),
        "occurrence": event.occurrence,
        "title": event.details.title,
        "startsAt": _stamp(event.schedule.starts_at),
        "opensAt": _stamp(opens_at),
        "walkIns": event.signup.walk_ins,
        "issuedAt": _stamp(at),
        **part,
        "expected": [
            {
                "userId": str(rsvp.user_id),
                "admission": rsvp.admission,
                "guests": rsvp.guests,
                "in": rsvp.user_id in present,
                "passes": hashed_passes(event, rsvp.user_id, keys)
                if rsvp.side is Side.CONFIRMED
                else [],
            }
            for rsvp in expected
        ],
    }
    signed = f"{_encoded(_HEADER)}.{_encoded(payload)}"
    seal = hmac.digest(key, signed.encode(), "sha256")
    return SealedList(f"{signed}.{_base64(seal)}", key)


def _encoded(value: Mapping[str, Any]) -> str:
    return _base64(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    )


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
