"""``python -m bench [PART ...]``: measure, and write down what was found."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import (
    answers,
    changes,
    communities,
    delays,
    deliveries,
    list_page,
    queueing,
    starting,
)
from bench.extent import FULL, SHORT, USUAL
from bench.part import Part
from bench.report import PAGE, write

PARTS: dict[str, Part] = {
    "list-page": list_page.PART,
    "communities": communities.PART,
    "changes": changes.PART,
    "answers": answers.PART,
    "starting": starting.PART,
    "queue": queueing.PART,
    "deliveries": deliveries.PART,
    "delays": delays.PART,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, one part after the other."""
    asked = _parser().parse_args(arguments)
    titles = [part.title for part in PARTS.values()]
    with ExitStack() as stack:
        if (data_dir := asked.data_dir) is None:
            data_dir = Path(stack.enter_context(TemporaryDirectory()))
        data_dir.mkdir(exist_ok=True)
        data_dir.chmod(0o755)  # so that PostgreSQL's own account gets in
        for part in asked.parts or PARTS.values():
            print(f"# {part.title}", flush=True)
            section = part.measured(data_dir, asked.extent)
            print(f"\n{section.text}\n", flush=True)
            write(section, titles, asked.page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", type=_part, metavar="PART", help=f"of {', '.join(PARTS)}"
    )
    parser.set_defaults(extent=USUAL)
    for option, extent, text in (
        ("--short", SHORT, "a quick look, in a few minutes"),
        ("--full", FULL, "more rounds, and a backlog of a million facts"),
    ):
        parser.add_argument(
            option, dest="extent", action="store_const", const=extent, help=text
        )
    parser.add_argument(
        "--data-dir", type=Path, help="keep the large tenants here, for the next time"
    )
    parser.add_argument("--page", type=Path, default=PAGE, help="what is written")
    return parser


def _part(name: str) -> Part:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"no part: {name}")
    return PARTS[name]


if __name__ == "__main__":
    main()
