"""A PostgreSQL of one test's own, to be stopped, paused, killed and started again."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from attrs import define, field

from adapters.postgres import migrate
from adapters.postgres.embedded import APP, OWNER, SUPERUSER, RunningCluster, start
from adapters.postgres.embedded.sockets import SOCKET

#: Quick, and yet whole after a kill: the machine itself stays on.
QUICK = {"fsync": "off", "full_page_writes": "off"}


@define
class OwnCluster:
    """A running cluster below a directory. A context manager that stops it."""

    _directory: Path
    _settings: Mapping[str, str] = field(factory=dict)
    _running: RunningCluster = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start it, at the address it had before."""
        self._directory.mkdir(exist_ok=True)
        self._directory.chmod(0o755)
        settings = {**QUICK, **self._settings}
        self._running = start(self._directory, settings=settings)

    def stop(self) -> None:
        """Stop it in good order: who is connected is told so."""
        self._running.close()

    def kill(self) -> None:
        """End every process of it at once, as a power cut would."""
        self._signal(signal.SIGKILL)
        self._running.close()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Have it neither answer nor go: connections open, and nothing comes back."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def dsn(self, role: str) -> str:
        return self._running.dsn(role)

    @property
    def app(self) -> str:
        return self.dsn(APP)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._running.socket_dir / SOCKET

    @property
    def data_directory(self) -> Path:
        """Where it keeps everything."""
        return self._running.path

    @property
    def superuser(self) -> str:
        return self.dsn(SUPERUSER)

    async def migrated(self) -> dict[str, str]:
        """Bring it up to date; return what tells a service process of it."""
        await migrate(self.dsn(OWNER))
        return {"EVENTS_DATABASE_URL": self.app}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _signal(self, number: signal.Signals) -> None:
        pid_file = self.data_directory / "postmaster.pid"
        postmaster = int(pid_file.read_bytes().split(b"\n")[0])
        for pid in [postmaster, *_children(postmaster)]:
            os.kill(pid, number)


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in tasks.split()]
