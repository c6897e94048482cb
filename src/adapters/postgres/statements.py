"""Statements as the driver takes them: compiled by SQLAlchemy, once.

What runs between the two in SQLAlchemy's own way, for each statement anew, costs more
than all else there is to a short request: see ADR 0005.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import asyncpg
from attrs import frozen
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Row(asyncpg.Record):
    """A row, read by position or, where that is plainer, by name."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@frozen
class Found:
    """What a statement brought: rows, and how many it returned or changed."""

    rows: Sequence[Row]
    rowcount: int

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def all(self) -> Sequence[Row]:
        """Return every row."""
        return self.rows

    def one(self) -> Row:
        """Return the one row there is."""
        (row,) = self.rows
        return row

    def one_or_none(self) -> Row | None:
        """Return the one row there is, if there is one."""
        return self.one() if self.rows else None

    def scalars(self) -> list[Any]:
        """Return the first column of every row."""
        return [row[0] for row in self.rows]

    def scalar_one(self) -> Any:  # noqa: ANN401
        """Return the first column of the one row there is."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:  # noqa: ANN401
        """Return the first column of the one row there is, if there is one."""
        return self.one()[0] if self.rows else None


@frozen
class Prepared:
    """A statement's text, and what goes where in it. ``changes`` has no rows."""

    text: str
    changes: bool
    _names: tuple[str, ...]
    _given: Mapping[str, object]

    def bound(self, values: Mapping[str, object]) -> list[object]:
        """Return the values in their order.

        Raises:
            KeyError: one is missing.
        """
        if self._given:
            values = {**self._given, **values}
        return [values[name] for name in self._names]


@lru_cache(1024)
def prepared(statement: Executable, names: tuple[str, ...] = ()) -> Prepared:
    """Return the statement compiled. ``names`` are the columns of rows to write."""
    clause = cast("ClauseElement", statement)
    compiled = clause.compile(dialect=DIALECT, column_keys=names or None)
    assert isinstance(compiled, SQLCompiler)
    if compiled.post_compile_params:
        raise ValueError("bind a list as an array: = ANY, not IN")
    return Prepared(
        str(compiled),
        changes=statement.is_dml and not compiled.effective_returning,
        names=tuple(compiled.positiontup or ()),
        given={
            name: bind.effective_value
            for bind, name in compiled.bind_names.items()
            if not bind.required
        },
    )
