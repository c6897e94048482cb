"""A cursor of facts brings back where it was written, and nowhere else."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.places import read_place, write_place
from events_core.errors import InvalidFields
from events_core.ports.publishing import FeedPlace

positions = st.integers(0, 2**53)


@given(positions, positions, st.uuids())
def test_where_a_page_ended_is_where_the_next_begins(
    position: int, gone: int, message_id: UUID
) -> None:
    numbers = [position, gone, FeedPlace.mark_of(message_id)]
    cursor = write_place(*numbers, of="this list")
    assert read_place(cursor, of="this list", name="after", count=3) == numbers
    for of, count in (("another", 3), ("this list", 2)):
        with pytest.raises(InvalidFields):
            read_place(cursor, of=of, name="after", count=count)


@given(st.text(max_size=40))
def test_what_nobody_wrote_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidFields):
        read_place(cursor, of="this list", name="after")
