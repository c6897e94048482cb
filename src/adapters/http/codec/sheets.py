"""Tables as CSV (RFC 4180), for spreadsheets: no cell of theirs is run.

A spreadsheet takes a text for a formula that begins in certain ways; an apostrophe
before it makes it a text again (OWASP, CSV Injection). Numbers are numbers.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from adapters.http.handling import Answer, Call

MEDIA_TYPE = "text/csv; charset=utf-8"

#: What makes a formula of a text: also in full width, and after what nobody sees.
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)


def wants_sheet(call: Call) -> bool:
    """Tell whether a table is asked for: by ``format``, else by ``Accept``."""
    if "format" in call.query:
        return bool(call.query["format"] == "csv")
    accepted = call.headers.get("accept", "").lower()
    return "text/csv" in accepted and "application/json" not in accepted


def sheet(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Answer:
    """Answer 200 with a line of names and a line for each row; None is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(row[name]) for name in columns] for row in rows)
    return Answer(200, text.getvalue().encode(), media_type=MEDIA_TYPE)


def cell(value: object) -> object:
    """Return what stands in a cell."""
    match value:
        case None | bool() | int() | float():
            return "" if value is None else value
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            said = str(value)
            return f"'{said}" if said.lstrip(" \u00a0").startswith(_FORMULA) else said
