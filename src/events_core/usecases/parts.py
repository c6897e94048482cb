"""Which part of a list is asked for: how much at once, and how far from its start."""

from events_core.domain.policies import Policies
from events_core.domain.text import FieldProblems
from events_core.errors import InvalidFields
from events_core.usecases.core import EventsCore


def problems_of_part(
    policies: Policies, limit: int | None, offset: int = 0, *, beyond: str = ""
) -> FieldProblems:
    """Return what is wrong with a part; without a limit it is the rest of the list.

    ``beyond`` is said of how to get to what is farther away.
    """
    problems = FieldProblems()
    if limit is not None and not 1 <= limit <= policies.largest_page:
        problems.add("limit", f"must be 1 to {policies.largest_page}")
    if not 0 <= offset <= policies.farthest_offset:
        problems.add("offset", f"must be 0 to {policies.farthest_offset}{beyond}")
    return problems


def check_part(core: EventsCore, limit: int | None, offset: int = 0) -> None:
    """Check which part of a list is asked for; without a limit it is the rest of it.

    Raises:
        InvalidFields: too much at once, or too far away; both are told.
    """
    problems_of_part(core.policies, limit, offset).raise_if_any()


def in_one_file(core: EventsCore, limit: int | None, offset: int, total: int) -> int:
    """Return how many there are to be; without a limit, as many as go into one file.

    Raises:
        InvalidFields: without a limit there are more than that.
    """
    if limit is not None:
        return limit
    most = core.policies.longest_file
    if total - offset > most:
        problem = f"is needed: there are {total}, and {most} go into one file"
        raise InvalidFields({"limit": (problem,)})
    return most
