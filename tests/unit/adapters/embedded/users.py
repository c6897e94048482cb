"""Who uses an embedded server, from inside and from other processes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from adapters.postgres.embedded import APP, OWNER, SUPERUSER, RunningCluster

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to be root")

SESSIONS = f"pg_stat_activity WHERE usename = '{APP}' AND state"

# A process that uses the server until its standard input ends.
USER = """
import sys
from pathlib import Path
from adapters.postgres.embedded import start
with start(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


class Processes:
    """Processes that use a data directory, killed when the test ends."""

    def __init__(self) -> None:
        self.all: list[subprocess.Popen[str]] = []

    def begin(self, data_dir: Path, *, uid: int | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir)],
            user=uid,
            group=uid,
            extra_groups=None if uid is None else (),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.all.append(process)
        return process

    def use(self, data_dir: Path, *, uid: int | None = None) -> subprocess.Popen[str]:
        process = self.begin(data_dir, uid=uid)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process


def ends(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


def pid_of(data_dir: Path) -> int | None:
    """Return the server's process, or None when it stopped in good order."""
    try:
        return int((data_dir / "postgres/postmaster.pid").read_text().split("\n")[0])
    except FileNotFoundError:
        return None


def kill_server(cluster: RunningCluster) -> int:
    pid = pid_of(cluster.path.parent)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with socket.socket(socket.AF_UNIX) as client:
        while not client.connect_ex(str(cluster.socket_dir / ".s.PGSQL.5432")):
            time.sleep(0.01)
    return pid


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ask(
    cluster: RunningCluster, query: str, role: str = SUPERUSER, database: str = "events"
) -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(cluster.dsn(role, database))
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(asked())


def remember(cluster: RunningCluster, what: str) -> None:
    ask(cluster, "CREATE TABLE IF NOT EXISTS note (what text)", OWNER)
    ask(cluster, f"INSERT INTO note VALUES ('{what}')", OWNER)


def remembered(cluster: RunningCluster) -> object:
    return ask(cluster, "SELECT string_agg(what, ' ') FROM note", OWNER)


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def modes(*roots: Path) -> dict[str, tuple[int, int]]:
    seen = [path for root in roots for path in (root, *root.parents)]
    return {str(path): (path.stat().st_mode, path.stat().st_uid) for path in seen}
