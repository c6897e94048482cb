"""Debian's PostgreSQL and PgBouncer, each of a test run's own."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.postgres.embedded import APP, OWNER, RELAY, SUPERUSER, RunningCluster
from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.postmaster import Postmaster
from adapters.postgres.embedded.roles import BIRTH
from adapters.postgres.embedded.sockets import SOCKET
from tests.postgres import psql

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
PGBOUNCER = Path("/usr/sbin/pgbouncer")

#: How many connections to the server all clients of the pooler share.
SERVER_CONNECTIONS = 8

_FORGETFUL = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


def needed(program: Path) -> None:
    """Skip where a program is not installed; in CI that is a failure."""
    if not program.exists():
        pytest.skip(f"{program} is missing: .ci/packages installs it")


@contextmanager
def postgres_15(directory: Path, account: Account) -> Iterator[RunningCluster]:
    """Have a PostgreSQL 15 with our roles and an empty database."""
    data = _private(directory / "postgres15", account)
    locale = ("--encoding=UTF8", "--locale=C.UTF-8")
    initdb = (POSTGRES_15 / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust")
    assert _begin(account, *initdb, *locale, "--no-sync", cwd=data).wait(60) == 0
    settings = [f"-c{setting}" for setting in ("listen_addresses=", *_FORGETFUL)]
    server = (POSTGRES_15 / "postgres", "-D", data, "-k", data)
    ends_at = signal.SIGQUIT
    with _running(account, *server, *settings, cwd=data, ends_at=ends_at):
        # It listens before it is ready, and says when it is.
        _until(lambda: (found := Postmaster.of(data)) is not None and found.is_ready)
        cluster = RunningCluster(data, data, None)
        for statement in BIRTH.strip().split("\n"):
            psql(cluster, statement)
        yield cluster


@contextmanager
def pgbouncer(
    directory: Path, account: Account, server: RunningCluster
) -> Iterator[RunningCluster]:
    """Have a PgBouncer in transaction mode before a server, reached as one."""
    home = _private(directory / "pgbouncer", account)
    users, settings = home / "users.txt", home / "pgbouncer.ini"
    roles = (OWNER, APP, RELAY)
    users.write_text("".join(f'"{role}" ""\n' for role in roles))
    settings.write_text(
        f"""\
[databases]
* = host={server.socket_dir} port=5432

[pgbouncer]
auth_type = trust
auth_file = {users}
listen_addr =
listen_port = 5432
unix_socket_dir = {home}
pool_mode = transaction
default_pool_size = {SERVER_CONNECTIONS}
max_client_conn = 200
"""
    )
    for path in (users, settings):
        os.chown(path, account.uid, -1)
    # It knows no signal at which every version ends at once, and has nothing to lose.
    ends_at = signal.SIGKILL
    with _running(account, PGBOUNCER, "-q", settings, cwd=home, ends_at=ends_at):
        yield RunningCluster(home, home, None)


def _private(directory: Path, account: Account) -> Path:
    directory.mkdir(mode=0o700)
    os.chown(directory, account.uid, -1)
    return directory


def _begin(
    account: Account, *command: str | Path, cwd: Path
) -> subprocess.Popen[bytes]:
    other = account.uid != os.geteuid()
    return subprocess.Popen(
        [*account.prefix, *command],
        cwd=cwd,
        user=account.uid if other else None,
        group=pwd.getpwuid(account.uid).pw_gid if other else None,
        extra_groups=() if other else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def _running(
    account: Account, *command: str | Path, cwd: Path, ends_at: signal.Signals
) -> Iterator[None]:
    """Have a server that listens in its directory; it ends at once, at a signal."""
    process = _begin(account, *command, cwd=cwd)
    try:
        _until(lambda: _listens(cwd / SOCKET) or process.poll() is not None)
        assert process.poll() is None, f"{command[0]} stopped"
        yield
    finally:
        process.send_signal(ends_at)
        process.wait(60)


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return not client.connect_ex(str(path))
