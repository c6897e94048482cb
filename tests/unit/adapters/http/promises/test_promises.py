"""The service does what its contract says, whatever Schemathesis thinks of."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
ROOT = HERE.parents[4]
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
    "PYTHONWARNINGS": "default",
}


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a service that serves this very test."""
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


def test_every_promise_is_kept(address: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={HERE / 'schemathesis.toml'}",
            "run",
            f"{address}/api/v1/openapi.json",
            "--checks=all",
            # It wants 401 where the platform's order of checks says 400.
            "--exclude-checks=ignored_auth",
            "--phases=examples,coverage,fuzzing,stateful",
            f"--max-examples={settings().max_examples // 6}",
            "--max-time=60",  # seconds; what it finds in a minute, it finds
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout
    assert "Tested: 16" in run.stdout
