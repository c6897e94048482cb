"""What a change of a roster writes, all of it in one statement.

The roster is held until the transaction ends, and whoever wants to answer waits for
it: so every way to the database and back counts here.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Executable,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.tables import outbox, rsvp, seat_movement, tally
from adapters.postgres.transaction import TENANT

EVENT = bindparam("of_event", type_=Uuid)
OCCURRENCE = bindparam("of_occurrence", type_=Text)

_REPLACED = (
    *("answer", "comment", "updated_at", "guests", "admission", "turn", "given_by"),
)

Rows = Sequence[Mapping[str, object]]


def of_occurrence(table: Table) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a row is the occurrence's."""
    return (
        table.c.tenant_id == TENANT,
        table.c.event_id == EVENT,
        table.c.occurrence_key == OCCURRENCE,
    )


def written(
    counts: Mapping[str, int],
    *,
    withdrawn: Iterable[object],
    answers: Rows,
    movements: Rows,
    facts: Rows,
) -> tuple[Executable, dict[str, object]]:
    """Return the statement that writes all this, and its values.

    Whatever of it there is not: nothing is written of that. There is a fact.
    """
    parts = {"answers": answers, "movements": movements, "facts": facts}
    return _statement(tuple(counts), tuple(facts[0])), {
        **counts,
        "withdrawn": [*withdrawn],
        **{
            name: orjson.dumps(rows, default=str).decode()
            for name, rows in parts.items()
        },
    }


@lru_cache(8)
def _statement(counts: tuple[str, ...], fact: tuple[str, ...]) -> Executable:
    counted = (
        update(tally)
        .where(*of_occurrence(tally))
        .values({name: bindparam(name, type_=tally.c[name].type) for name in counts})
    )
    gone = delete(rsvp).where(
        *of_occurrence(rsvp),
        rsvp.c.user_id == func.any(bindparam("withdrawn", type_=ARRAY(Uuid))),
    )
    put = insert(rsvp).from_select(*_rows("answers", rsvp, _names(rsvp)))
    replaced = put.on_conflict_do_update(
        constraint=rsvp.primary_key,
        set_={name: put.excluded[name] for name in _REPLACED},
    )
    lines = _names(seat_movement, but="number")
    moved = insert(seat_movement).from_select(*_rows("movements", seat_movement, lines))
    told = insert(outbox).from_select(*_rows("facts", outbox, fact))
    return told.add_cte(
        counted.cte("counted"),
        gone.cte("gone"),
        replaced.cte("put"),
        moved.cte("moved"),
    )


def _names(table: Table, *, but: str = "") -> list[str]:
    return [one.name for one in table.c if one.name not in {"tenant_id", but}]


def _rows(
    bound: str, table: Table, names: Iterable[str]
) -> tuple[list[str], Select[Any]]:
    """Return columns of a table and the rows of a JSON text for them, in its order."""
    columns = [column(name, table.c[name].type) for name in names]
    given = (
        func.json_to_recordset(cast(bindparam(bound, type_=Text), JSON))
        .table_valued(*columns, name=f"new_{bound}")
        .render_derived(with_types=True)
    )
    return (
        [*chain(["tenant_id"], (one.name for one in columns))],
        select(TENANT, *(given.c[one.name] for one in columns)),
    )
