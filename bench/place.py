"""What is measured, and what it needs: a database, neighbours, the service."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from adapters.postgres import migrate
from adapters.postgres.embedded import APP, OWNER, SUPERUSER, RunningCluster, start
from bench.load import SECRET
from bench.processes import Started, family_cpu_seconds, running

_ANNOUNCED = "serving on "
_PYTHON = (sys.executable, "-m")
_SCRIPT = Path(sys.executable).with_name("events-core")


@frozen
class Place:
    """A PostgreSQL with the service's schema, as the service itself would start it."""

    data_dir: Path
    cluster: RunningCluster

    @property
    def superuser_url(self) -> str:
        """The database, past every fence."""
        return self.cluster.dsn(SUPERUSER)

    @property
    def app_url(self) -> str:
        """The database as the service sees it."""
        return self.cluster.dsn(APP)

    def database_cpu(self) -> float:
        """Return the CPU seconds all of PostgreSQL has used by now."""
        pid_file = self.cluster.path / "postmaster.pid"
        return family_cpu_seconds(int(pid_file.read_text().split()[0]))


@contextmanager
def open_place(data_dir: Path) -> Iterator[Place]:
    """Have PostgreSQL run on a data directory, and the schema there."""
    with start(data_dir) as cluster:
        asyncio.run(migrate(cluster.dsn(OWNER)))
        yield Place(data_dir, cluster)


@contextmanager
def neighbours(milliseconds: float) -> Iterator[Started]:
    """Run Portal and Access that take so long for an answer."""
    told = ("--milliseconds", str(milliseconds))
    with running(*_PYTHON, "bench.neighbours", *told, announced=_ANNOUNCED) as started:
        yield started


@contextmanager
def service(
    data_dir: Path, neighbours: Started, told: Mapping[str, str] | None = None
) -> Iterator[Started]:
    """Run the service as an operator would, its log written to a file.

    What the neighbours said is remembered for an hour: it costs what it costs once.
    ``told`` are more settings.
    """
    environ = {
        "BFF_INTERNAL_HMAC_SECRET": SECRET.decode(),
        "PORTAL_BASE_URL": neighbours.url,
        "ACCESS_BASE_URL": neighbours.url,
        "EVENTS_CACHE_YES_SECONDS": "3600",
        "EVENTS_CACHE_NO_SECONDS": "3600",
        "EVENTS_DATA_DIR": str(data_dir),
        "EVENTS_PORT": "0",
        **(told or {}),
    }
    with running(
        str(_SCRIPT), "serve", environ=environ, announced=_ANNOUNCED
    ) as started:
        yield started


@contextmanager
def handwritten(place: Place, events: int) -> Iterator[Started]:
    """Run the page that is written by hand, for one town."""
    told = (place.app_url, str(events))
    with running(*_PYTHON, "bench.handwritten", *told, announced=_ANNOUNCED) as started:
        yield started
