"""What became of those who answered, in numbers."""

from collections.abc import Mapping

from attrs import frozen

from events_core.domain.answers import Answer, Tally

#: How many of those who came had answered so; None stands for no answer.
Came = Mapping[Answer | None, int]


@frozen(kw_only=True)
class Numbers:
    """The answers to one occurrence, and who came.

    ``no_shows`` are going and did not come, ``walk_ins`` came without an answer,
    ``said_no_but_came`` says itself.
    """

    tally: Tally
    came: int
    no_shows: int
    walk_ins: int
    said_no_but_came: int


def numbers_of(tally: Tally, came: Came) -> Numbers:
    """Return the numbers of an occurrence from what was answered and who came."""
    return Numbers(
        tally=tally,
        came=sum(came.values()),
        no_shows=max(0, tally.going - came.get(Answer.GOING, 0)),
        walk_ins=came.get(None, 0),
        said_no_but_came=came.get(Answer.NOT_GOING, 0),
    )
