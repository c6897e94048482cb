"""Each limit that is told of has a test that has seen it."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from docs.limits import LIMITS, Limit

ROOT = Path(__file__).parents[2]
EVERY = [*chain.from_iterable(LIMITS.values())]


@pytest.mark.parametrize("limit", EVERY, ids=lambda limit: limit.what)
def test_every_limit_has_its_test(limit: Limit) -> None:
    path, _, name = limit.test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    assert name in {n.name for n in ast.walk(tree) if isinstance(n, functions)}
