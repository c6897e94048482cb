"""What people write, as it is kept, and what nobody should be able to write."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events_core.domain.details import (
    DESCRIPTION,
    GAME_ID,
    LOCATION_TEXT,
    TITLE,
)
from events_core.domain.roster import COMMENT
from events_core.domain.text import TextRule

#: Words that searches look for, with and without what makes a search stumble: signs
#: of patterns, letters whose case folds oddly, letters that come in two forms.
WORDS = (
    "chess",
    "Chess",
    "CHESSBOARD",
    "night",
    "шахматы",
    "ШАХМАТЫ",
    "Straße",
    "STRASSE",
    "İstanbul",
    "ΣΊΣΥΦΟΣ",
    "café",
    "cafe\u0301",
    "ﬁve",
    "\u212b",
    "100%",
    "a_b",
    "back\\slash",
    "it's",
    '"quoted"',
    "👩‍🚀",
    "<b>",
    "a;b,c:d",
)

_REFUSED = "\u2028\u2029" + "".join(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_letters = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=_REFUSED)


@lru_cache
def _kept(rule: TextRule) -> SearchStrategy[str]:
    """Texts as the rule keeps them."""
    letters = _letters | st.sampled_from("\n\t") if rule.lines else _letters
    apart = st.sampled_from((" ", "\n")) if rule.lines else st.just(" ")
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4)
    written: SearchStrategy[str] = st.one_of(
        st.builds(lambda by, parts: by.join(parts), apart, words),
        st.text(letters, min_size=1, max_size=30),
        st.sampled_from(("x", "\U0001f9d1" * rule.longest)),
    )
    return written.filter(lambda text: bool(text.strip())).map(rule.clean)


@cache
def titles() -> SearchStrategy[str]:
    """Titles of events."""
    return _kept(TITLE)


@cache
def descriptions() -> SearchStrategy[str]:
    """Descriptions, often of several lines."""
    return _kept(DESCRIPTION)


@cache
def location_texts() -> SearchStrategy[str]:
    """Where an event is, in words."""
    return _kept(LOCATION_TEXT)


@cache
def game_ids() -> SearchStrategy[str]:
    """Ids of games."""
    return _kept(GAME_ID)


@cache
def comments() -> SearchStrategy[str]:
    """What is said with an answer."""
    return _kept(COMMENT)


@cache
def web_addresses() -> SearchStrategy[str]:
    """Addresses of http and https, of all lengths."""
    scheme = st.sampled_from(("http://", "https://", "HTTPS://"))
    host = st.sampled_from(("example.org", "xn--80ak6aa92e.com", "[::1]", "10.0.0.1"))
    port = st.sampled_from(("", ":1", ":65535"))
    path = st.text(max_size=20).map(lambda text: "/" + quote(text, errors="replace"))
    query = st.sampled_from(("", "?q=1&r=%D0%B9#top", "?" + "x" * 1_800))
    return st.builds(lambda *parts: "".join(parts), scheme, host, port, path, query)


@cache
def json_objects() -> SearchStrategy[dict[str, Any]]:
    """JSON objects as an event carries them: at most five levels, 16 kB."""
    texts = st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10
    )
    leaves: SearchStrategy[Any] = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    )
    values = leaves
    for _ in range(4):
        values = st.one_of(
            leaves,
            st.lists(values, max_size=3),
            st.dictionaries(texts, values, max_size=3),
        )
    return st.dictionaries(texts, values, max_size=4)


@cache
def hostile_texts() -> SearchStrategy[str]:
    """Texts that no field need accept, and that nothing may break on."""
    known = (
        "",
        " ",
        "\x00",
        "a\x00b",
        "\x1b[31mred",
        "\x7f",
        "\x85",
        "\ud800",
        "a\udfffb",
        "\u202egnp.exe",
        "\u2066hidden\u2069",
        "\u2028",
        "\ufeff",
        "\uffff",
        "e" + "\u0301" * 500,
        "ﷺ" * 300,
        "\r\nSet-Cookie: a=b",
        "x\r\nEND:VEVENT\r\nBEGIN:VEVENT",
        "x\nATTENDEE:mailto:a@b.example",
        "'; DROP TABLE events; --",
        "%",
        "_",
        "\\",
        "\\x00",
        "{{7*7}}",
        "${x}",
        "<script>alert(1)</script>",
        "javascript:alert(1)",
        "../../etc/passwd",
        "1e999",
        "NaN",
        "null",
        "x" * 256,
        "x" * 20_001,
        "\U0001f468\u200d\U0001f469" * 200,
    )
    anything: Callable[..., SearchStrategy[str]] = st.text
    return st.sampled_from(known) | anything(st.characters(codec=None), max_size=40)
