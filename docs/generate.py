"""Fills in what the pages quote from the code: ``python -m docs.generate``.

A page says ``<!-- generated: NAME -->`` and, further down, ``<!-- end -->``. What is
between the two is one of ``docs.tables``; with ``code FILE NAME`` that part of a
Python file below ``docs``; with ``file FILE LANGUAGE`` all of a file. A test compares,
so that no page tells of a code that was.
"""

import ast
import re
from pathlib import Path

from docs import tables

DOCS = Path(__file__).parent

_PLACE = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> list[Path]:
    """Return every page there is."""
    return sorted(DOCS.rglob("*.md"))


def updated(page: str) -> str:
    """Return the text of a page with everything generated as it should be."""
    return _PLACE.sub(lambda m: f"{m[1]}\n{_content(m[2]).strip()}\n\n{m[3]}", page)


def _content(name: str) -> str:
    match name.split():
        case "code", file, part:
            return f"```python\n{_part(_read(file), part)}\n```"
        case "file", file, language:
            return f"```{language}\n{_read(file).strip()}\n```"
        case _:
            return tables.TABLES[name]()


def _read(file: str) -> str:
    return (DOCS / file).read_text(encoding="utf-8")


def _part(text: str, name: str) -> str:
    """Return the part of a module that has this name; a method below its class."""
    lines, shown = text.split("\n"), []
    part: ast.AST = ast.parse(text)
    for step in name.split("."):
        if isinstance(part, ast.ClassDef):
            shown.append(lines[part.lineno - 1])
        part = next(
            node
            for node in ast.iter_child_nodes(part)
            if getattr(node, "name", None) == step
        )
    assert isinstance(part, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    first = min([part.lineno, *(d.lineno for d in part.decorator_list)])
    return "\n".join([*shown, *lines[first - 1 : part.end_lineno]])


if __name__ == "__main__":
    for page in pages():
        before = page.read_text(encoding="utf-8")
        page.write_text(updated(before), encoding="utf-8")
