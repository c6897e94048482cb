"""From bytes to JSON, when the bytes may be anything.

What ``orjson`` lets through and we do not: nesting beyond ``DEEPEST``, and an object
with the same member twice, of which it would silently keep the last.
"""

import json
import re
from collections import Counter
from typing import Any

import orjson

from adapters.http.errors import BodyTooLarge, DuplicateField, InvalidJson

DEEPEST = 32

# Matches from any quote on, whether or not the text ever ends: one pass, no retries.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_STRUCTURE = re.compile(rb"[^\[\]{}:]+")


def parse(body: bytes) -> Any:  # noqa: ANN401 (JSON has no one type)
    """Return the JSON value of a body.

    Raises:
        InvalidJson: it is none; NaN, lone surrogates and bytes that are not UTF-8
            count as such.
        BodyTooLarge: it is nested too deeply.
        DuplicateField: an object in it has a member twice.
    """
    structure = _NO_STRUCTURE.sub(b"", _TEXT.sub(b"", body))
    _check_depth(structure)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidJson from None
    if structure.count(b":") != _members(value):
        json.loads(body, object_pairs_hook=_without_repeats)
    return value


def _check_depth(structure: bytes) -> None:
    if structure.count(b"[") + structure.count(b"{") <= DEEPEST:
        return
    depth = 0
    for byte in structure:
        if byte in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise BodyTooLarge(
                    DEEPEST, f"the body is nested more than {DEEPEST} levels deep"
                )
        elif byte in b"]}":
            depth -= 1


def _members(value: object) -> int:
    match value:
        case dict():
            return len(value) + sum(map(_members, value.values()))
        case list():
            return sum(map(_members, value))
        case _:
            return 0


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise DuplicateField(max(counts, key=counts.__getitem__))
    return found
