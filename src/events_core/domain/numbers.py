"""What became of those who answered, in numbers."""

from collections.abc import Mapping

from attrs import frozen

from events_core.domain.answers import Side, Tally

#: How many came of those on each side; None stands for no answer.
Came = Mapping[Side | None, int]


@frozen(kw_only=True)
class Numbers:
    """The answers to one occurrence, and who came.

    Who came had a place, or had said no (``said_no_but_came``), or is one of the
    ``walk_ins``. ``no_shows`` had a place and did not come: nobody before it is over.
    """

    tally: Tally
    came: int
    no_shows: int
    walk_ins: int
    said_no_but_came: int


def numbers_of(tally: Tally, came: Came, *, is_over: bool) -> Numbers:
    """Return the numbers of an occurrence from what was answered and who came."""
    in_all, placed = sum(came.values()), came.get(Side.CONFIRMED, 0)
    said_no = came.get(Side.NOT_GOING, 0)
    return Numbers(
        tally=tally,
        came=in_all,
        no_shows=max(0, tally.going - placed) if is_over else 0,
        walk_ins=in_all - placed - said_no,
        said_no_but_came=said_no,
    )
