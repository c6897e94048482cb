"""Where a list of facts goes on: positions, sealed so that nobody mixes up two lists.

It is no secret and no permission: whoever makes one up sees, as with any other, what
she may see and nothing else.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

import orjson

from events_core.errors import InvalidFields

_DIGEST_SIZE = 12
_MOST = 2**53


def write_place(*numbers: int, of: object) -> str:
    """Return a cursor that remembers positions in a list, which ``of`` names."""
    payload = orjson.dumps(numbers)
    return urlsafe_b64encode(_seal(payload, of) + payload).rstrip(b"=").decode()


def read_place(cursor: str, *, of: object, name: str, count: int = 1) -> list[int]:
    """Return the positions in a cursor.

    Raises:
        InvalidFields: it is garbled, or of another list; ``name`` is blamed.
    """
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        seal, payload = raw[:_DIGEST_SIZE], raw[_DIGEST_SIZE:]
        numbers = orjson.loads(payload) if seal == _seal(payload, of) else None
    except ValueError:
        numbers = None
    if (
        isinstance(numbers, list)
        and len(numbers) == count
        and all(type(n) is int and 0 <= n <= _MOST for n in numbers)
    ):
        return numbers
    raise InvalidFields({name: ("is not of this list",)})


def _seal(payload: bytes, of: object) -> bytes:
    digest = blake2b(str(of).encode(), digest_size=_DIGEST_SIZE)
    digest.update(b"\0" + payload)
    return digest.digest()
