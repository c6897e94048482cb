"""What is skipped is named, and in CI it has failed unless it was foreseen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SKIPPED = """
import pytest

def test_without_leave():
    pytest.skip("for a whim")

@pytest.mark.machine
def test_with_leave():
    pytest.skip("no such machine")

@pytest.mark.xfail
def test_known_to_fail():
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("ci", "last"),
    [("", "2 skipped, 1 xfailed"), ("true", "1 failed, 1 skipped, 1 xfailed")],
)
def test_a_skip_is_a_failure_in_ci_only(tmp_path: Path, ci: str, last: str) -> None:
    (tmp_path / "test_skipped.py").write_text(SKIPPED)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
    plain = ("-c", "pyproject.toml", "-p", "tests.conftest", "--color=no")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plain, str(tmp_path)],
        cwd=ROOT,
        env={**kept, "CI": ci},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert last in done.stdout.strip().split("\n")[-1]
    assert "for a whim" in done.stdout
    assert "no such machine" in done.stdout
    assert done.returncode == (1 if ci else 0)
