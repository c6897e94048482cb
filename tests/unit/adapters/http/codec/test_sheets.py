"""Tables: what goes in comes out, and nothing in them is run."""

import csv
import io
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.codec.sheets import cell, sheet
from adapters.http.codec.times import stamp

#: What a spreadsheet takes for a formula.
DANGEROUS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


@given(st.lists(st.tuples(st.text(), st.none() | st.integers()), max_size=4))
def test_a_table_has_every_cell_that_went_in(
    rows: list[tuple[str, int | None]],
) -> None:
    named = [{"a": text, "b": number} for text, number in rows]
    answer = sheet(("a", "b"), named)
    read = csv.reader(io.StringIO(answer.body.decode(), newline=""))
    head, *lines = read
    assert head == ["a", "b"]
    assert len(lines) == len(rows)
    for line, (text, number) in zip(lines, rows, strict=True):
        assert line[0].removeprefix("'") == text.removeprefix("'")
        assert line[1] == ("" if number is None else str(number))


@given(st.sampled_from(DANGEROUS), st.text(), st.sampled_from(("", " ", "\u00a0 ")))
def test_no_cell_begins_like_a_formula(start: str, rest: str, blank: str) -> None:
    assert cell(blank + start + rest) == f"'{blank}{start}{rest}"


@pytest.mark.parametrize("said", ["plain", "1 + 1", "a=b", "'", "2027-03-02", ""])
def test_a_harmless_text_stays_as_it_is(said: str) -> None:
    assert cell(said) == said


def test_numbers_stay_numbers() -> None:
    assert [cell(number) for number in (-1, 0, 2.5, True)] == [-1, 0, 2.5, True]


@pytest.mark.parametrize("microseconds", [0, 250_000])
def test_a_moment_is_told_as_in_json(microseconds: int) -> None:
    moment = stamp(datetime(2027, 3, 5, 18, 55, 12, microseconds, tzinfo=UTC))
    told = orjson.dumps(moment, option=orjson.OPT_UTC_Z).decode().strip('"')
    assert cell(moment) == told
