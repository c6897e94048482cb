"""The how-to about errors leaves none out: no status, no conflict, no detail."""

import inspect
import re
from datetime import UTC, datetime

import orjson
import pytest

from adapters.http.errors import EdgeError, Known, answer_to, status_of
from docs.generate import DOCS
from events_core import errors
from tests.unit.adapters.http.edge.test_errors import VALUES, leaves

PAGE = (DOCS / "how-to/errors.md").read_text()
KINDS = [*leaves(errors.EventsError), *leaves(EdgeError)]
AT = datetime(2027, 3, 1, tzinfo=UTC)
SAID = {**VALUES, "changed": ("title",)}


def telling(kind: type[Exception]) -> Known:
    """Return an error of this kind with all it can say."""
    told = inspect.signature(kind).parameters.values()
    error = kind(*(SAID.get(p.name, p.default or AT) for p in told))
    assert isinstance(error, Known)
    return error


def rows(heading: str) -> list[list[set[str]]]:
    """Return the words in each cell of the table below a heading."""
    _, _, below = PAGE.partition(f"\n## {heading}\n")
    lines = re.findall(r"^\|(.*)\|$", below.partition("\n## ")[0], re.MULTILINE)[2:]
    return [
        [set(re.findall(r"\w+", cell)) for cell in line.split("|")] for line in lines
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_finds_its_place_there(kind: type[Exception]) -> None:
    error = telling(kind)
    status = status_of(error)
    assert any(str(status) in first for first, *_ in rows("What to do"))
    _, _, below = PAGE.partition("\nCodes of 409:\n")
    conflicts = re.findall(r"^- `(\w+)`:", below.partition("\n## ")[0], re.MULTILINE)
    assert (error.code in conflicts) == (status == 409)
    body = orjson.loads(answer_to(error, request_id="r").body)
    for member in body["error"]["details"].keys() - {"retryAfterSeconds"}:
        assert any(
            member in members and error.code in codes
            for members, codes, *_ in rows("Members of `details`")
        ), (member, error.code)
