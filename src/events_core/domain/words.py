"""Two texts compared word by word, so that a person can read what changed."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum

from attrs import frozen

# What comparing costs grows faster than the texts: beyond so many words on a side,
# between what both begin and end with, all of it counts as replaced.
MOST_WORDS = 400

_WORDS = re.compile(r"\s+|[^\s]+")


class Edit(StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@frozen
class Piece:
    """Some words of either text, with the white space between them."""

    edit: Edit
    text: str


def compared(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces in reading order, what was removed before what was added.

    What was kept and removed together is the old text, what was kept and added the
    new one. Neighbours are of different kinds, and none is empty.
    """
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    start = _common(before, after)
    rest, new_rest = before[start:], after[start:]
    end = _common(rest[::-1], new_rest[::-1])
    middle = rest[: len(rest) - end], new_rest[: len(new_rest) - end]
    edits = [
        (Edit.KEPT, before[:start]),
        *_edits(*middle),
        (Edit.KEPT, rest[len(rest) - end :]),
    ]
    return tuple(Piece(edit, "".join(words)) for edit, words in edits if words)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words both begin with."""
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count


def _edits(old: list[str], new: list[str]) -> Iterator[tuple[Edit, list[str]]]:
    if max(len(old), len(new)) > MOST_WORDS:
        yield Edit.REMOVED, old
        yield Edit.ADDED, new
        return
    matcher = SequenceMatcher(None, old, new)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            yield Edit.KEPT, old[first:last]
        else:
            yield Edit.REMOVED, old[first:last]
            yield Edit.ADDED, new[new_first:new_last]
