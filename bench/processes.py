"""Processes that are measured: started, waited for, and how much CPU they have used."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from attrs import frozen

PATIENCE = 60.0  # seconds


@frozen
class Started:
    """A server that answers at ``url``."""

    url: str
    pid: int

    @property
    def cpu_seconds(self) -> float:
        """The CPU time it has used, all threads, user and system."""
        return cpu_seconds(self.pid)


@contextmanager
def running(
    *command: str, environ: Mapping[str, str] | None = None, announced: str
) -> Iterator[Started]:
    """Run a program until the block ends, once it has said where it answers.

    ``announced`` is what comes before the URL in what it writes.
    """
    with TemporaryFile("w+b") as said:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(environ or {})},
            stdout=said,
            stderr=said,
        )
        try:
            yield Started(_url_said(said.fileno(), process, announced), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def _url_said(said: int, process: "subprocess.Popen[bytes]", announced: str) -> str:
    pattern = re.compile(re.escape(announced).encode() + rb"(\S*)")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        text = os.pread(said, 1 << 16, 0)
        if found := pattern.search(text):
            return found[1].decode()
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode}: {text.decode()}")
        time.sleep(0.002)
    raise TimeoutError(f"nothing announced: {text.decode()}")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used, in nanoseconds' resolution.

    Linux gives every process a clock of its own (clock_getcpuclockid(3)).
    """
    return time.clock_gettime((~pid << 3) | 2)


def family_cpu_seconds(parent: int) -> float:
    """Return the CPU time used by a process and all the children it has had."""
    total = cpu_seconds(parent)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            if int(path.parent.name) == parent:
                # What those used whose end it has seen, in ticks (proc_pid_stat(5)).
                gone = int(fields[13]) + int(fields[14])
                total += gone / os.sysconf("SC_CLK_TCK")
            elif int(fields[1]) == parent:
                total += cpu_seconds(int(path.parent.name))
        except OSError:  # it has just ended
            continue
    return total


def resident_bytes(pid: int | str = "self") -> int:
    """Return how much memory a process has in use."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")
