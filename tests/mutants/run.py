"""Plant bugs, some at a time, and see that a test notices each.

    python -m tests.mutants.run [--jobs N] [NAME …]

Each bug is planted in a copy of the source of its own, and only the tests that ought
to notice it are run; without a bug they have to pass there. Told is the test that
noticed. Exits with 1 if fewer than 95 of 100 are noticed, if one that lives is not
argued for in the catalogue, or if tests fail where there is no bug: they tell nothing.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]
ENOUGH = 0.95

#: In seconds: what tests may take at least; and how many times what they take without
#: a bug. One that makes them hang has been noticed.
PATIENCE, SLOWER = 120.0, 5.0
TIDYING = 60.0

_CULPRIT = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


def main(arguments: Sequence[str]) -> int:
    """Plant the bugs asked for, all where none is; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.run")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args(arguments)
    if unknown := {*asked.names} - {mutant.name for mutant in MUTANTS}:
        parser.error(f"no such mutants: {', '.join(sorted(unknown))}")
    chosen = [one for one in MUTANTS if not asked.names or one.name in asked.names]
    alive = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        tests = sorted({*chain.from_iterable(one.tests for one in chosen)})
        usual = dict(zip(tests, pool.map(seconds_without_a_bug, tests), strict=True))
        useless = {test for test, seconds in usual.items() if seconds is None}
        told = [mutant for mutant in chosen if useless.isdisjoint(mutant.tests)]
        found = pool.map(partial(noticed_by, usual=usual), told)
        for mutant, culprit in zip(told, found, strict=True):
            print("noticed" if culprit else "LIVES  ", mutant.name, flush=True)  # noqa: T201
            if culprit:
                print("         by", culprit, flush=True)  # noqa: T201
            else:
                alive.append(mutant)
    print(f"{len(told) - len(alive)} of {len(chosen)} noticed")  # noqa: T201
    enough = len(told) - len(alive) >= ENOUGH * len(chosen)
    argued = all(mutant.argument for mutant in alive)
    return 0 if enough and argued and not useless else 1


def seconds_without_a_bug(test: str) -> float | None:
    """Return how long tests take where nothing is planted, None where they fail."""
    began = time.monotonic()
    with copied() as copy:
        culprit = first_failure(copy, [test], longest=20 * PATIENCE)
    if culprit:
        print("USELESS", test, "fails without a bug:", culprit, flush=True)  # noqa: T201
        return None
    return time.monotonic() - began


def noticed_by(mutant: Mutant, usual: Mapping[str, float | None]) -> str | None:
    """Return the test that fails once the bug is planted, None where none does."""
    longest = max(PATIENCE, SLOWER * sum(usual[test] or 0 for test in mutant.tests))
    with copied() as copy:
        plant(mutant, copy / "src")
        return first_failure(copy, mutant.tests, longest=longest)


@contextmanager
def copied() -> Iterator[Path]:
    """Make a copy of the source, beside the tests as they are."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as directory:
        copy = Path(directory)
        shutil.copytree(ROOT / "src", copy / "src")
        for name in ("tests", "docs", "pyproject.toml"):
            (copy / name).symlink_to(ROOT / name)
        yield copy


def plant(mutant: Mutant, source: Path) -> None:
    """Change the one place."""
    file = source / mutant.file
    text = file.read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        raise SystemExit(f"{mutant.name}: its place is not to be found once")
    file.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")


def first_failure(place: Path, tests: Iterable[str], *, longest: float) -> str | None:
    """Run tests on the source in a place; return what failed, None where all passed."""
    unwanted = "PYTHONDONTWRITEBYTECODE"  # each server they start would be compiled
    kept = {name: value for name, value in os.environ.items() if name != unwanted}
    options = ("-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no")
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=place,
        env={**kept, "PYTHONPATH": str(place / "src"), "CI": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said, _ = process.communicate(timeout=longest)
    except subprocess.TimeoutExpired:
        end(process)
        return f"not one: they took longer than {longest:.0f} s"
    if process.returncode == 0:
        return None
    if process.returncode not in {1, 2}:  # tests that cannot begin notice nothing
        print("BROKEN", *tests, said, flush=True)  # noqa: T201
        return None
    culprit = _CULPRIT.search(said)
    return culprit[1] if culprit else said.strip()


def end(process: "subprocess.Popen[str]") -> None:
    """Interrupt tests, so that they stop the servers they started."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=TIDYING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
