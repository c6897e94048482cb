"""The service does what its contract says, whatever Schemathesis thinks of."""

import subprocess
import sys
from pathlib import Path

from hypothesis import settings

from adapters.http.schema import load
from tests.unit.adapters.http.promises.conftest import ENVIRONMENT, HERE

CONTRACT = "/api/v1/openapi.json"


def test_every_promise_is_kept(address: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={HERE / 'schemathesis.toml'}",
            "run",
            address + CONTRACT,
            "--checks=all",
            # It wants 401 where the platform's order of checks says 400.
            "--exclude-checks=ignored_auth",
            "--phases=examples,coverage,fuzzing,stateful",
            f"--max-examples={settings().max_examples // 6}",
            "--max-time=40",  # seconds; what it finds in these, it finds
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
    operations = sum(
        "operationId" in operation
        for path, item in load().content["paths"].items()
        if path != CONTRACT  # which it reads, and does not try
        for operation in item.values()
    )
    assert f"Tested: {operations}" in run.stdout
