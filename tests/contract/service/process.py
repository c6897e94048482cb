"""The service as a process of its own, as an operator runs it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import orjson

from tests.unit.adapters.http.edge.toy import SECRET

COMMAND = str(Path(sys.executable).with_name("events-core"))

#: In seconds: how long anything here may take on a machine with much else to do.
PATIENCE = 60

_READY = re.compile(
    r"(?:serving on|the demo is at|health and metrics are on) (http://[^;\s]+)"
)


def environment(**settings: str) -> dict[str, str]:
    """Return an environment with no settings of the service but these."""
    ours = ("EVENTS_", "BFF_", "ACCESS_", "PORTAL_", "DATABASE_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return {**kept, **settings}


def run(
    *arguments: str, cwd: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it said."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env=environment(**(settings or {})),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Service:
    """A running ``events-core serve``. A context manager that ends it.

    ``log`` is all it ever wrote to standard error, of whichever of its lives.
    """

    _started: ClassVar[Sequence[str]] = ("serve", "--port", "0")

    def __init__(self, cwd: Path, *arguments: str, **settings: str) -> None:
        self._cwd = cwd
        self._command = [COMMAND, *self._started, *arguments]
        self._environment = environment(
            **{"BFF_INTERNAL_HMAC_SECRET": SECRET.decode(), **settings}
        )
        self._lines: list[str] = []
        self._is_over = False
        self._news = threading.Condition()
        self.start()

    def start(self) -> None:
        """Start it, and return once it takes requests."""
        seen, self._is_over = len(self._lines), False
        self._process = subprocess.Popen(
            self._command,
            cwd=self._cwd,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,))
        self._reader.start()
        self.url = self.await_line(_READY, after=seen)[1]

    @property
    def log(self) -> str:
        return "".join(self._lines)

    @property
    def records(self) -> list[dict[str, Any]]:
        """What the log says in JSON; the few lines for people are left out."""
        return [orjson.loads(line) for line in self._lines if line.startswith("{")]

    def await_line(self, pattern: re.Pattern[str], *, after: int = 0) -> re.Match[str]:
        """Return the first match in a line of the log, once there is one."""

        def found() -> re.Match[str] | None:
            matches = map(pattern.search, self._lines[after:])
            return next(filter(None, matches), None)

        with self._news:
            self._news.wait_for(lambda: found() or self._is_over, PATIENCE)
            match = found()
        assert match, self.log
        return match

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Return the exit code, once it has ended and said all it had to say."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def kill(self) -> None:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)
        self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
            self.wait()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr
        for line in process.stderr:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        process.stderr.close()
        with self._news:
            self._is_over = True
            self._news.notify_all()


class Relay(Service):
    """A running ``events-core relay`` that tells of itself, on EVENTS_RELAY_PORT."""

    _started = ("relay",)
