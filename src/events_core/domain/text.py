"""What text is let in, so that no text can break a page, a file, a header or a line.

Text is brought to NFC first, and lengths are counted in code points after that.
Only TAB and LF of the control characters are kept, and only in text of several lines.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from attrs import field, frozen

from events_core.errors import InvalidFields

T = TypeVar("T")

# C0 but for TAB and LF, DEL and C1, the separators that are line ends to some
# readers, lone surrogates, and the characters that reorder text around them.
_REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)
_URL_CHARACTERS = re.compile(r"[!-~]+")


@frozen
class TextRule:
    """How long a text may be, and whether it may have several lines."""

    longest: int
    shortest: int = 0
    lines: bool = False

    def clean(self, text: str) -> str:
        """Return the text as it is kept: NFC, LF for line ends, one-liners trimmed.

        Raises:
            ValueError: it breaks the rule; the message says how.
        """
        if len(text) > 4 * self.longest + 1024:  # before any work on it
            raise ValueError(f"must be at most {self.longest} characters long")
        text = text.replace("\r\n", "\n")
        if _REFUSED.search(text):
            raise ValueError("must not contain control or bidi override characters")
        text = unicodedata.normalize("NFC", text)
        if not self.lines:
            if "\n" in text or "\t" in text:
                raise ValueError("must be one line without tabs")
            text = text.strip()
        if len(text) > self.longest:
            raise ValueError(f"must be at most {self.longest} characters long")
        if len(text) < self.shortest:
            raise ValueError("must not be empty")
        return text

    def clean_optional(self, text: str | None) -> str | None:
        """Return the cleaned text, or None where there is nothing but white space."""
        if text is None:
            return None
        return self.clean(text) if text.strip() else None


def fold(text: str) -> str:
    """Return the text as it is compared in searches: without regard to case."""
    return unicodedata.normalize("NFC", text.casefold())


def web_address(text: str, *, longest: int) -> str:
    """Return an absolute http or https URL as it was given.

    Only printable ASCII (RFC 3986) is let through: no space, no control character
    and no other script can hide in it.

    Raises:
        ValueError: it is another scheme, has no host, a user, or is too long.
    """
    if len(text) > longest:
        raise ValueError(f"must be at most {longest} characters long")
    if not _URL_CHARACTERS.fullmatch(text):
        raise ValueError("must be a URL of printable ASCII characters")
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number
    except ValueError:
        raise ValueError("must be a URL") from None
    if parts.scheme.lower() not in {"http", "https"}:
        raise ValueError("must be an http or https URL")
    if not parts.hostname or "@" in parts.netloc or "\\" in text:
        raise ValueError("must have a host and no user")
    return text


@frozen
class FieldProblems:
    """Collects what is wrong with each field, to tell of all at once."""

    _found: dict[str, tuple[str, ...]] = field(factory=dict)

    def add(self, name: str, problem: str) -> None:
        """Note a problem of a field."""
        self._found[name] = (*self._found.get(name, ()), problem)

    def checked(self, name: str, rule: Callable[[], T], otherwise: T) -> T:
        """Return what the rule returns; where it raises ValueError, note that."""
        try:
            return rule()
        except ValueError as problem:
            self.add(name, str(problem))
            return otherwise

    def collected(self, parts: Callable[[], T]) -> T | None:
        """Return what is built; where it raises InvalidFields, note all of that."""
        try:
            return parts()
        except InvalidFields as invalid:
            for name, problems in invalid.fields.items():
                self._found[name] = (*self._found.get(name, ()), *problems)
            return None

    def raise_if_any(self) -> None:
        """Raise InvalidFields if anything was noted."""
        if self._found:
            raise InvalidFields(dict(self._found))
