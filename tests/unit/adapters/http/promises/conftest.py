"""A service of the real operations over a core in memory, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[4]
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
    "PYTHONWARNINGS": "default",
}


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """The address of a service that serves these very tests."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "served.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()
