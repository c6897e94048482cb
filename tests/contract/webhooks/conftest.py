"""The reference implementation of Standard Webhooks from npm, in a process of its own.

It is installed as locked, once, into the checkout; where that cannot be, what needs it
is skipped, which in CI is a failure.
"""

import base64
import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pytest
from attrs import frozen

HERE = Path(__file__).parent
PLACE = HERE.parents[2] / ".node" / "standardwebhooks"
FILES = ("package.json", "package-lock.json", "reference.mjs")


@frozen
class Npm:
    """``standardwebhooks`` of npm."""

    _asked: IO[str]
    _told: IO[str]

    def sign(self, secret: str, message_id: str, timestamp: int, body: bytes) -> str:
        """Return its signature."""
        told = self._ask(
            what="sign", secret=secret, id=message_id, timestamp=timestamp, body=body
        )
        signature: str = told["signature"]
        return signature

    def verify(self, secret: str, headers: Mapping[str, str], body: bytes) -> Any:  # noqa: ANN401 (JSON)
        """Return what it says the message is; ``ValueError`` where it refuses it."""
        told = self._ask(what="verify", secret=secret, headers=headers, body=body)
        if "message" not in told:
            raise ValueError(told["refused"])
        return told["message"]

    def _ask(self, *, body: bytes, **question: object) -> dict[str, Any]:
        asked = {**question, "body": base64.b64encode(body).decode()}
        print(json.dumps(asked), file=self._asked, flush=True)
        told: dict[str, Any] = json.loads(self._told.readline())
        return told


def installed() -> Path:
    """Return where it is; skip the test where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in FILES:
            shutil.copy(HERE / name, PLACE)
        done = PLACE / "installed"
        locked = (HERE / "package-lock.json").read_text()
        if not done.exists() or done.read_text() != locked:
            quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            came = subprocess.run(
                [npm, "ci", *quiet],
                cwd=PLACE,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            if came.returncode:
                pytest.skip(f"npm cannot install standardwebhooks: {came.stderr}")
            done.write_text(locked)
    return PLACE


@pytest.fixture(scope="session")
def npm() -> Iterator[Npm]:
    """It, running."""
    node = ["node", "reference.mjs"]
    with subprocess.Popen(
        node,
        cwd=installed(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Npm(process.stdin, process.stdout)
        process.stdin.close()
        assert process.wait(10) == 0
