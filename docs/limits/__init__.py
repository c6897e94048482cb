"""Everything that could grow, where it ends, and the test that has seen it end."""

from collections.abc import Mapping, Sequence

from docs.limits.database import of_the_database
from docs.limits.limit import Limit
from docs.limits.neighbours import of_neighbours
from docs.limits.questions import of_questions
from docs.limits.requests import of_requests

__all__ = ["LIMITS", "Limit"]

LIMITS: Mapping[str, Sequence[Limit]] = {
    "limits of requests": of_requests(),
    "limits of questions": of_questions(),
    "limits of the database": of_the_database(),
    "limits of neighbours": of_neighbours(),
}
