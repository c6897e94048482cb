"""The cursor: where the next page of a list begins, for nobody but its owner.

Opaque to clients, bound to who asked and what. It is no secret and no permission:
whoever makes one up sees, as with any other, what she may see and nothing else; only
the total she is told is then of her own making.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from attrs import frozen

from events_core import Actor, EventId, OccurrenceKey
from events_core.errors import InvalidFields
from events_core.ports.store import PagePosition

_DIGEST_SIZE = 12
_MOST = 2**53
_OCCURRENCE = re.compile(r"[!-~]{1,64}")

#: What may differ from page to page.
_FREE = frozenset({"cursor", "limit", "total"})


@frozen
class Bookmark:
    """What a cursor remembers: where to go on, after how many, and of how many."""

    position: PagePosition
    offset: int
    total: int | None


def write_cursor(bookmark: Bookmark, *, actor: Actor, query: Mapping[str, Any]) -> str:
    """Return the bookmark as a cursor for the rest of this very list."""
    position = bookmark.position
    payload = orjson.dumps(
        [
            position.starts_at.astimezone(UTC).isoformat(),
            str(position.event_id),
            position.occurrence,
            bookmark.offset,
            bookmark.total,
        ]
    )
    raw = _seal(payload, actor, query) + payload
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_cursor(cursor: str, *, actor: Actor, query: Mapping[str, Any]) -> Bookmark:
    """Return the bookmark in a cursor.

    Raises:
        InvalidFields: it is garbled, somebody else's, or of another list.
    """
    try:
        return _bookmark(*orjson.loads(_opened(cursor, actor, query)))
    except (ValueError, TypeError, OverflowError):
        raise InvalidFields({"cursor": ("is not of this list",)}) from None


def _opened(cursor: str, actor: Actor, query: Mapping[str, Any]) -> bytes:
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    seal, payload = raw[:_DIGEST_SIZE], raw[_DIGEST_SIZE:]
    if seal != _seal(payload, actor, query):
        raise ValueError("sealed for something else")
    return payload


def _seal(payload: bytes, actor: Actor, query: Mapping[str, Any]) -> bytes:
    asked = {name: value for name, value in query.items() if name not in _FREE}
    question = orjson.dumps(
        [str(actor.tenant_id), str(actor.user_id), asked], option=orjson.OPT_SORT_KEYS
    )
    digest = blake2b(question, digest_size=_DIGEST_SIZE)
    digest.update(b"\0" + payload)
    return digest.digest()


def _bookmark(
    starts_at: str, event_id: object, occurrence: str, offset: int, total: int | None
) -> Bookmark:
    if not (isinstance(event_id, str) and _OCCURRENCE.fullmatch(occurrence)):
        raise ValueError
    for number in (offset, 0 if total is None else total):
        if type(number) is not int or not 0 <= number <= _MOST:
            raise ValueError
    position = PagePosition(
        datetime.fromisoformat(starts_at).astimezone(UTC),
        EventId(UUID(event_id)),
        OccurrenceKey(occurrence),
    )
    return Bookmark(position, offset, total)
