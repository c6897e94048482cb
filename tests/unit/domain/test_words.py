import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.words import MOST_WORDS, Edit, Piece, compared

texts = st.text(max_size=40) | st.lists(
    st.sampled_from(("a", "b", "chess", " ", "  ", "\n", "é")), max_size=30
).map("".join)


def told(*pieces: tuple[str, str]) -> tuple[Piece, ...]:
    return tuple(Piece(Edit(edit), text) for edit, text in pieces)


@given(texts, texts)
def test_both_texts_can_be_read_from_the_pieces(old: str, new: str) -> None:
    pieces = compared(old, new)
    assert "".join(p.text for p in pieces if p.edit is not Edit.ADDED) == old
    assert "".join(p.text for p in pieces if p.edit is not Edit.REMOVED) == new
    assert all(piece.text for piece in pieces)


@given(texts)
def test_a_text_is_all_kept_of_itself(text: str) -> None:
    assert compared(text, text) == (told(("kept", text)) if text else ())


@given(texts, texts)
def test_what_was_removed_stands_before_what_was_added(old: str, new: str) -> None:
    edits = [piece.edit for piece in compared(old, new)]
    assert (Edit.ADDED, Edit.REMOVED) not in pairwise(edits)


def test_only_the_words_that_differ_are_told_of() -> None:
    assert compared("Bring a board, please", "Bring two boards, please") == told(
        ("kept", "Bring "),
        ("removed", "a"),
        ("added", "two"),
        ("kept", " "),
        ("removed", "board,"),
        ("added", "boards,"),
        ("kept", " please"),
    )


def test_texts_that_differ_too_much_are_replaced_between_what_is_common() -> None:
    old, new = ("".join(f"{c}{n} " for n in range(MOST_WORDS)) for c in "xy")
    edits = [piece.edit for piece in compared(f"Hello {old}bye", f"Hello {new}bye")]
    assert edits == [Edit.KEPT, Edit.REMOVED, Edit.ADDED, Edit.KEPT]


def test_no_text_that_may_be_stored_takes_long_to_compare() -> None:
    spent = time.process_time()
    for pattern in ("a ", "x{n} a ", "a b c ", "x{n} "):
        for size in (MOST_WORDS // 4, MOST_WORDS // 2, 5_000):
            old = "".join(pattern.replace("{n}", f"o{n}") for n in range(size))
            new = "".join(pattern.replace("{n}", f"n{n}") for n in range(size - 1))
            assert compared(f"{old}z", f"q{new}")
    assert time.process_time() - spent < 10  # of hours, were there no bound
