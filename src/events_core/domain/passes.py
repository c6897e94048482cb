"""Passes: a participant's code for one occurrence of one event, signed.

A pass holds which key signed it, the event, the occurrence as a digest, and the
person's id, and nothing else about anybody. Keys are taken in turn: the first signs,
all are accepted; a pass of a key that is no longer among them has expired.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from attrs import frozen

from events_core.domain.answers import Admission
from events_core.domain.event import Event
from events_core.domain.identity import EventId, TenantId, UserId

_MARK = "EP1"
_KEY, _UUID, _DIGEST, _SEAL = 4, 16, 8, 16
_LENGTH = _KEY + _UUID + _DIGEST + _UUID + _SEAL


class Refusal(StrEnum):
    """Why somebody is not let in on her pass."""

    ALREADY_IN = "already_in"
    NOT_CONFIRMED = "not_confirmed"
    WRONG_EVENT = "wrong_event"
    EXPIRED = "expired"
    REVOKED = "revoked"


@frozen
class Pass:
    """Whose a pass is, for what."""

    event_id: EventId
    occurrence: bytes
    user_id: UserId

    def is_for(self, event: Event) -> bool:
        """Tell whether it is for this event's occurrence."""
        digest = _digest(event.occurrence)
        return self.event_id == event.id and self.occurrence == digest


def sign_pass(event: Event, user_id: UserId, keys: Sequence[bytes]) -> str:
    """Return the pass of a person for an event, signed with the first key."""
    content = b"".join(
        (_name(keys[0]), event.id.bytes, _digest(event.occurrence), user_id.bytes)
    )
    sealed = content + _seal(keys[0], event.tenant_id, content)
    return f"{_MARK}.{urlsafe_b64encode(sealed).decode().rstrip('=')}"


def read_pass(text: str, tenant_id: TenantId, keys: Sequence[bytes]) -> Pass | None:
    """Return what a pass says; None where its key is accepted no longer.

    Raises:
        ValueError: it is no pass of this tenant's, or somebody has changed it.
    """
    mark, _, rest = text.strip().partition(".")
    if mark != _MARK or len(rest) > 2 * _LENGTH or not rest.isascii():
        raise ValueError("is no pass")
    try:
        sealed = urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
    except ValueError:
        raise ValueError("is no pass") from None
    if len(sealed) != _LENGTH:
        raise ValueError("is no pass")
    content, seal = sealed[:-_SEAL], sealed[-_SEAL:]
    key = next((key for key in keys if _name(key) == content[:_KEY]), None)
    if key is None:
        return None
    if not hmac.compare_digest(seal, _seal(key, tenant_id, content)):
        raise ValueError("is no pass")
    event_id = UUID(bytes=content[_KEY : _KEY + _UUID])
    occurrence = content[_KEY + _UUID :][:_DIGEST]
    return Pass(EventId(event_id), occurrence, UserId(UUID(bytes=content[-_UUID:])))


def refusal_of(admission: Admission | None, *, has_answer: bool) -> Refusal | None:
    """Return why a person who answered so is not let in; None where she is."""
    if admission is Admission.CONFIRMED:
        return None
    return Refusal.NOT_CONFIRMED if has_answer else Refusal.REVOKED


def _name(key: bytes) -> bytes:
    return sha256(b"name of a pass key" + key).digest()[:_KEY]


def _digest(occurrence: str) -> bytes:
    return sha256(occurrence.encode()).digest()[:_DIGEST]


def _seal(key: bytes, tenant_id: TenantId, content: bytes) -> bytes:
    return hmac.digest(key, b"pass" + tenant_id.bytes + content, "sha256")[:_SEAL]
