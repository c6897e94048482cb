"""Plant bugs, one at a time, and see that a test notices each.

    python -m tests.mutants.run [NAME …]

Each bug is planted in a copy of the source, and only the tests that ought to notice
it are run; without a bug they have to pass there. Exits with 1 if fewer than 95 of
100 are noticed, or if one that lives is not argued for in the catalogue.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
ENOUGH = 0.95
LONGEST = 300  # seconds for the tests of one bug; one that hangs has been noticed


def main(names: Iterable[str]) -> int:
    """Plant the bugs of these names, all where there are none; return the exit code."""
    wanted = set(names)
    chosen = [mutant for mutant in MUTANTS if not wanted or mutant.name in wanted]
    if not passes({path for mutant in chosen for path in mutant.tests}):
        raise SystemExit("the tests fail where no bug is planted: they tell nothing")
    alive = []
    for mutant in chosen:
        noticed = is_noticed(mutant)
        print(f"{'noticed' if noticed else 'LIVES  '}  {mutant.name}", flush=True)  # noqa: T201
        if not noticed:
            alive.append(mutant)
    share = 1 - len(alive) / max(1, len(chosen))
    print(f"{len(chosen) - len(alive)} of {len(chosen)} noticed")  # noqa: T201
    unargued = [mutant.name for mutant in alive if not mutant.argument]
    return 1 if share < ENOUGH or unargued else 0


def passes(tests: Iterable[str]) -> bool:
    """Tell whether tests pass in a copy in which nothing is planted."""
    with copied() as copy:
        return run(copy, sorted(tests), longest=20 * LONGEST) == 0


def is_noticed(mutant: Mutant) -> bool:
    """Tell whether a test fails once the bug is planted."""
    with copied() as copy:
        plant(mutant, copy / "src")
        return run(copy, mutant.tests) != 0


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


def run(place: Path, tests: Iterable[str], *, longest: float = LONGEST) -> int:
    """Run tests on the source in a place; return pytest's exit code."""
    options = ("-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no")
    command = [sys.executable, "-m", "pytest", *options, *tests]
    environ = {**os.environ, "PYTHONPATH": str(place / "src"), "CI": ""}
    try:
        done = subprocess.run(
            command,
            cwd=place,
            env=environ,
            capture_output=True,
            timeout=longest,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1
    if done.returncode not in {0, 1, 2}:
        raise SystemExit(done.stdout.decode() + done.stderr.decode())
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
