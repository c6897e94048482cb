import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events_core.domain.text import FieldProblems, TextRule, fold, web_address
from events_core.errors import InvalidFields
from events_core.testing.strategies import hostile_texts, titles, web_addresses

LINE = TextRule(longest=10, shortest=1)
LINES = TextRule(longest=10, lines=True)

CONTROLS = [
    chr(code)
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in {"\t", "\n"}
]
BIDI = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


class TestRules:
    @pytest.mark.parametrize(
        "refused", [*CONTROLS, *BIDI, "\u2028", "\u2029", chr(0xD800), chr(0xDFFF)]
    )
    def test_what_breaks_lines_or_order_is_refused_anywhere(self, refused: str) -> None:
        for text in (refused, f"a{refused}", f"{refused}a", f"a{refused}b"):
            for rule in (LINE, LINES):
                with pytest.raises(ValueError, match="control or bidi"):
                    rule.clean(text)

    def test_tabs_and_line_ends_are_for_several_lines(self) -> None:
        assert LINES.clean("a\tb\nc") == "a\tb\nc"
        for text in ("a\tb", "a\nb", "a\r\nb"):
            with pytest.raises(ValueError, match="one line"):
                LINE.clean(text)

    def test_a_line_end_is_a_line_feed(self) -> None:
        assert LINES.clean("a\r\nb\n") == "a\nb\n"
        with pytest.raises(ValueError, match="control"):
            LINES.clean("a\rb")

    def test_one_line_is_trimmed_and_several_are_not(self) -> None:
        assert LINE.clean(" \u3000a b ") == "a b"
        assert LINES.clean(" a b ") == " a b "

    def test_lengths_are_code_points_after_nfc(self) -> None:
        assert LINE.clean("e\u0301" * 10) == "\u00e9" * 10
        assert LINE.clean("\U0001f9d1" * 10) == "\U0001f9d1" * 10
        with pytest.raises(ValueError, match="at most 10"):
            LINE.clean("x" * 11)
        with pytest.raises(ValueError, match="at most 10"):
            LINE.clean("\ufb2c" * 4)  # three code points each, once normalized

    def test_spaces_around_do_not_count(self) -> None:
        assert LINE.clean(" " * 20 + "x" * 10) == "x" * 10

    @pytest.mark.parametrize("blank", ["", " ", "\u3000"])
    def test_what_must_be_there_may_not_be_blank(self, blank: str) -> None:
        with pytest.raises(ValueError, match="empty"):
            LINE.clean(blank)

    @pytest.mark.parametrize("blank", [None, "", " ", "\n", "\t "])
    def test_what_need_not_be_there_is_none_when_blank(self, blank: str | None) -> None:
        assert LINE.clean_optional(blank) is None
        assert LINES.clean_optional(blank) is None

    @given(hostile_texts() | st.text(max_size=12))
    def test_what_is_let_in_is_harmless_and_stays_as_it_is(self, text: str) -> None:
        for rule in (LINE, LINES):
            try:
                kept = rule.clean(text)
            except ValueError:
                continue
            assert rule.clean(kept) == kept
            assert unicodedata.is_normalized("NFC", kept)
            assert len(kept) <= 10
            kept.encode()
            for char in kept:
                assert unicodedata.category(char) != "Cc" or (
                    rule.lines and char in "\t\n"
                )

    def test_a_huge_text_is_refused_before_any_work(self) -> None:
        with pytest.raises(ValueError, match="at most 10"):
            LINE.clean("\ufb2c" * 100_000_000)


class TestFolding:
    @pytest.mark.parametrize(
        ("word", "text"),
        [
            ("chess", "Chess Night"),
            ("STRASSE", "Straße 7"),
            ("шахматы", "ШАХМАТЫ"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("cafe\u0301", "Café"),
            ("five", "ﬁve"),
            ("\u212b", "å"),
        ],
    )
    def test_a_word_is_found_without_regard_to_case(self, word: str, text: str) -> None:
        assert fold(word) in fold(text)

    @given(titles())
    def test_a_text_has_itself_in_it(self, title: str) -> None:
        assert fold(title) == fold(fold(title))


class TestWebAddresses:
    @given(web_addresses())
    def test_http_and_https_are_taken_as_they_are(self, address: str) -> None:
        assert web_address(address, longest=2_000) == address

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " https://example.org",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "ftp://example.org",
            "//example.org",
            "example.org",
            "https:",
            "https://",
            "https:///path",
            "https:example.org",
            "https://user@example.org",
            "https://user:secret@example.org",
            "https://example.org\\@evil.example",
            "https://example.org/a b",
            "https://example.org/\r\nX: y",
            "https://example.org/\x00",
            "https://ex\u00e4mple.org",
            "https://example.org/\u202e",
            "https://[::1",
            "https://example.org:port",
            "https://example.org:99999",
            "https://example.org/" + "x" * 2_000,
        ],
    )
    def test_nothing_else_is(self, address: str) -> None:
        with pytest.raises(ValueError, match="must"):
            web_address(address, longest=2_000)

    @given(hostile_texts() | hostile_texts().map("https://".__add__))
    @example("https://a\t.b")
    def test_no_text_breaks_it(self, text: str) -> None:
        try:
            kept = web_address(text, longest=2_000)
        except ValueError:
            return
        assert kept == text
        assert kept.lower().startswith(("http://", "https://"))
        assert all("!" <= char <= "~" for char in kept)


class TestProblems:
    def test_all_of_them_are_told_at_once(self) -> None:
        def broken() -> str:
            raise ValueError("is broken")

        def several() -> str:
            raise InvalidFields({"a": ("is bad",), "b": ("is worse",)})

        problems = FieldProblems()
        assert problems.checked("a", broken, "otherwise") == "otherwise"
        assert problems.collected(several) is None
        assert problems.checked("fine", lambda: "value", "otherwise") == "value"
        with pytest.raises(InvalidFields) as told:
            problems.raise_if_any()
        assert told.value.fields == {"a": ("is broken", "is bad"), "b": ("is worse",)}

    def test_without_any_nothing_is_raised(self) -> None:
        FieldProblems().raise_if_any()
