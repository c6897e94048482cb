"""The running server, shared by the processes that use one data directory.

Three locks tell who is there, and the kernel lifts each when its holder dies, however
it dies. They are taken on what is there anyway:

- the data directory: held while somebody starts or stops the server;
- the cluster's directory: a share of it is held by every process that uses the server;
- PG_VERSION: handed to the server and inherited by all its processes, so that it is
  free when the last of them has gone.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from attrs import define, field

from adapters.postgres.embedded.account import candidates, owner_of
from adapters.postgres.embedded.cluster import check, configure, make, sweep
from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.postmaster import Postmaster, last_words
from adapters.postgres.embedded.roles import DATABASE
from adapters.postgres.embedded.sockets import SOCKET, directory_for

PATIENCE = 60.0  # seconds for a start, crash recovery included, and for a stop
_PAUSE = 0.01


def start(
    data_dir: Path, *, settings: Mapping[str, str] | None = None
) -> "RunningCluster":
    """Have the server of this data directory run, and return a share in it.

    The cluster is made if there is none, and the server started unless another
    process has done so; then it answers. A cluster that was killed, as a whole or in
    part, half made or at work, is healed. *settings* of PostgreSQL go before ours;
    they count only for who starts the server.

    It blocks, a second at most as a rule: call it before the event loop runs, or in a
    thread. No directory that exists is given another mode or owner.

    Raises:
        EmbeddedPostgresError: It cannot run; the message says why, in one line.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        cluster = (data_dir / "postgres").resolve()
        with _door(cluster.parent):
            return _enter(cluster, settings or {})
    except OSError as error:
        raise EmbeddedPostgresError(f"cannot use {data_dir}: {error}") from error


@define
class RunningCluster:
    """A share in a server that runs; a context manager that gives it back."""

    path: Path
    """Where the cluster lives."""
    socket_dir: Path
    _share: int | None = field(repr=False)
    _settings: Mapping[str, str] = field(factory=dict, repr=False)

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """Return the address of a database as a role, as libpq and asyncpg read it."""
        place = urlencode({"host": self.socket_dir, "port": 5432}, safe="/")
        return f"postgresql://{role}@/{database}?{place}"

    def revive(self) -> bool:
        """Have the server run where somebody killed it; tell whether that was so.

        It blocks as `start` does, and of any number who try at once one starts it. A
        share that was given back revives nothing.

        Raises:
            EmbeddedPostgresError: It cannot run; the message says why, in one line.
        """
        try:
            with _door(self.path.parent):
                if self._share is None or _is_alive(self.path):
                    return False
                _have_run(self.path, self._settings)
                return True
        except OSError as error:
            raise EmbeddedPostgresError(f"cannot use {self.path}: {error}") from error

    def close(self) -> None:
        """Give the share back, and stop the server if it was the last one.

        Whoever is still connected then is disconnected. A second call does nothing.

        Raises:
            EmbeddedPostgresError: The server would not stop.
        """
        share, self._share = self._share, None
        if share is not None:
            with _door(self.path.parent):
                _leave(self.path, share)

    def __enter__(self) -> Self:
        """Keep the share until the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the share back."""
        self.close()


def _enter(cluster: Path, settings: Mapping[str, str]) -> RunningCluster:
    sweep(cluster)
    if not cluster.exists():
        make(cluster, candidates())
    check(cluster)
    share = os.open(cluster, os.O_RDONLY)
    try:
        fcntl.flock(share, fcntl.LOCK_SH)
        socket_dir = _have_run(cluster, settings)
        return RunningCluster(cluster, socket_dir, share, settings)
    except EmbeddedPostgresError:
        os.close(share)  # a recovery that takes longer goes on, for the next to use
        raise
    except BaseException:
        _leave(cluster, share)
        raise


def _have_run(cluster: Path, settings: Mapping[str, str]) -> Path:
    """Start the server unless it runs, and return its socket's directory."""
    launched = False
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        postmaster = Postmaster.of(cluster)
        # A server just killed is ready by its own account, and does not answer.
        if postmaster and postmaster.is_ready and postmaster.answers():
            return postmaster.socket_dir
        if not _is_alive(cluster):
            if launched:
                message = f"the server of {cluster} stopped: {last_words(cluster)}"
                raise EmbeddedPostgresError(message)
            _launch(cluster, settings)
            launched = True
        time.sleep(_PAUSE)
    message = f"the server of {cluster} is not ready yet: {last_words(cluster)}"
    raise EmbeddedPostgresError(message)


def _leave(cluster: Path, share: int) -> None:
    try:
        if _try_lock(share):
            _stop(cluster)
    finally:
        os.close(share)


def _launch(cluster: Path, settings: Mapping[str, str]) -> None:
    account = owner_of(cluster)
    socket_dir = directory_for(cluster, account.uid)
    configure(cluster, account, socket_dir, settings)
    # A server that was killed leaves notes of its process id, and PostgreSQL heeds
    # them if that is by now somebody else's, or a zombie's.
    for note in (cluster / "postmaster.pid", socket_dir / f"{SOCKET}.lock"):
        note.unlink(missing_ok=True)
    (cluster / "server.log").unlink(missing_ok=True)
    with _open(cluster / "PG_VERSION") as life:
        fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # pg_ctl gives the server a session of its own, so that a Ctrl-C in our
        # terminal does not reach it. The paths are relative: it tells them a shell.
        arguments = ("start", "--no-wait", "--pgdata=.", "--log=server.log")
        account.run("pg_ctl", *arguments, cwd=cluster, keep=[life])


def _stop(cluster: Path) -> None:
    socket_dir = cluster
    for how in (signal.SIGINT, signal.SIGQUIT):  # in good order; then at once
        told = False
        deadline = time.monotonic() + PATIENCE
        while _is_alive(cluster) and time.monotonic() < deadline:
            postmaster = Postmaster.of(cluster)
            if not told and postmaster and postmaster.answers():
                socket_dir = postmaster.socket_dir
                os.kill(postmaster.pid, how)
                told = True
            time.sleep(_PAUSE)
    if _is_alive(cluster):
        raise EmbeddedPostgresError(f"the server of {cluster} does not stop")
    if socket_dir != cluster:
        with suppress(OSError):
            socket_dir.rmdir()


def _is_alive(cluster: Path) -> bool:
    with _open(cluster / "PG_VERSION") as life:
        if not _try_lock(life):
            return True
    # Somebody may have started it by hand.
    postmaster = Postmaster.of(cluster)
    return postmaster is not None and postmaster.answers()


@contextmanager
def _door(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server."""
    deadline = time.monotonic() + 2 * PATIENCE
    with _open(data_dir) as door:
        while not _try_lock(door):
            if time.monotonic() > deadline:
                message = f"another process is at it in {data_dir}, and does not end"
                raise EmbeddedPostgresError(message)
            time.sleep(_PAUSE)
        yield


@contextmanager
def _open(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
