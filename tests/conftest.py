"""What every test may use: Hypothesis profiles and a real PostgreSQL."""

import itertools
import os
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from adapters.postgres.embedded import OWNER, SUPERUSER, RunningCluster, start
from adapters.postgres.embedded.account import binary

pytest_plugins = ["events_core.testing.plugin"]

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

for name, examples in {"dev": 50, "ci": 200, "deep": 2000}.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,  # a database answers when it answers
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],  # so does a busy machine
    )
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if IN_CI else "dev")
)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, all in one loop."""
    return "asyncio"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test has failed, unless it is marked `machine`."""
    report = yield
    may_skip = item.get_closest_marker("machine") or hasattr(report, "wasxfail")
    if IN_CI and report.skipped and not may_skip:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI may not: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[RunningCluster]:
    """A PostgreSQL of this run's own, quick and forgetful, gone when the run ends."""
    forgetful = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    with TemporaryDirectory(prefix="events-core-tests-") as directory:
        Path(directory).chmod(0o755)  # root may have to run the server as nobody
        with start(Path(directory), settings=forgetful) as cluster:
            assert psql(cluster, "SHOW data_directory") == str(cluster.path)
            yield cluster


@pytest.fixture(scope="session")
def make_database(postgres_cluster: RunningCluster) -> Callable[..., str]:
    """Return a maker of databases, copies of a template that nobody is connected to.

    `make_database()` is empty, `make_database(template)` has what the template has;
    both belong to the owner role and last until the run ends.
    """
    numbers = itertools.count(1)

    def make(template: str = "template1") -> str:
        name = f"test_{next(numbers)}"
        statement = f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}"
        psql(postgres_cluster, statement)
        return name

    return make


def psql(cluster: RunningCluster, statement: str) -> str:
    """Return what the superuser is answered to a statement."""
    address = cluster.dsn(SUPERUSER, "postgres")
    command = [str(binary("psql")), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement]
    done = subprocess.run(
        [*command, address], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()
