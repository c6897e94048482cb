"""The ports, as their docstrings promise them."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from textwrap import dedent
from types import ModuleType

from events_core.ports import (
    clock,
    documents,
    outbox,
    people,
    publishing,
    repeats,
    store,
)

_MODULES: tuple[ModuleType, ...] = (
    store,
    documents,
    people,
    clock,
    repeats,
    outbox,
    publishing,
)


def every_port() -> str:
    """Return every port and every value that is passed through one."""
    return "\n\n".join(
        f"## `{module.__name__}`\n\n{prose(module.__doc__ or '')}\n\n"
        + "\n\n".join(_classes(module))
        for module in _MODULES
    )


def _classes(module: ModuleType) -> Iterator[str]:
    """Yield the classes of a module; those of a package's door, and of its parts."""
    parts = pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}.")
    for part in (module, *(importlib.import_module(one.name) for one in parts)):
        yield from _own_classes(inspect.getsource(part))


def _own_classes(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        heading = f"### `{node.name}`\n\n{prose(ast.get_docstring(node) or '')}"
        is_port = any(ast.unparse(base) == "Protocol" for base in node.bases)
        members = (_methods if is_port else _fields)(node, source)
        yield "\n\n".join([heading, *members])


def _methods(node: ast.ClassDef, source: str) -> Iterator[str]:
    lines = source.split("\n")
    for member in node.body:
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([member.lineno, *(d.lineno for d in member.decorator_list)])
            head = lines[first - 1 : member.body[0].lineno - 1]
            signature = dedent("\n".join(head)).rstrip().removesuffix(":")
            promise = prose(ast.get_docstring(member) or "")
            yield f"```python\n{signature}\n```\n\n{promise}"


def _fields(node: ast.ClassDef, source: str) -> Iterator[str]:
    members = (n for n in node.body if isinstance(n, ast.AnnAssign | ast.Assign))
    lines = [ast.get_source_segment(source, member) or "" for member in members]
    if lines:
        yield "```python\n" + "\n".join(lines) + "\n```"


def prose(docstring: str) -> str:
    """Return a docstring as Markdown: errors as a list, names in backticks."""
    text, found, raised = inspect.cleandoc(docstring).partition("Raises:\n")
    text = text.strip()
    if found:
        items = re.split(r"\n(?=\S)", dedent(raised).strip())
        text += "\n\n" + "\n".join(
            f"- raises `{name}`: {' '.join(why.split())}"
            for name, _, why in (item.partition(":") for item in items)
        )
    return re.sub(r"``(.+?)``", r"`\1`", text)
