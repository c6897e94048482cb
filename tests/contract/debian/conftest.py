"""What only a Debian has: its PostgreSQL 15, and a PgBouncer."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from adapters.postgres import Patience
from adapters.postgres.embedded import RunningCluster
from adapters.postgres.embedded.account import Account, owner_of
from tests.contract.debian import programs

EXAMPLES = 5

_LONG = timedelta(seconds=60)


@pytest.fixture(scope="session")
def patience() -> Patience:
    """How long a store may take with fifty at once, on a busy machine."""
    return Patience(turn=_LONG, opening=_LONG, statement=_LONG, lock=_LONG, idle=_LONG)


@pytest.fixture(autouse=True)
def few_examples(request: pytest.FixtureRequest) -> Iterator[None]:
    """Try properties with few examples: PostgreSQL 18 has seen the many.

    A suite's functions are everybody's, so their settings are put back.
    """
    test = getattr(request.function, "__func__", request.function)
    name = "_hypothesis_internal_use_settings"
    usual = getattr(test, name, None)
    if usual is not None:
        setattr(test, name, settings(usual, max_examples=EXAMPLES))
    yield
    if usual is not None:
        setattr(test, name, usual)


@pytest.fixture(scope="session")
def account(postgres_cluster: RunningCluster) -> Account:
    """As whom servers run here: PostgreSQL and PgBouncer refuse to be root."""
    return owner_of(postgres_cluster.path)


@pytest.fixture(scope="session")
def directory() -> Iterator[Path]:
    """A place with a path short enough for a socket."""
    with TemporaryDirectory(prefix="events-core-debian-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def postgres_15(directory: Path, account: Account) -> Iterator[RunningCluster]:
    """A PostgreSQL 15 with our roles."""
    programs.needed(programs.POSTGRES_15 / "postgres")
    with programs.postgres_15(directory, account) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def pgbouncer(
    postgres_cluster: RunningCluster, directory: Path, account: Account
) -> Iterator[RunningCluster]:
    """A PgBouncer in transaction mode before this run's own PostgreSQL."""
    programs.needed(programs.PGBOUNCER)
    with programs.pgbouncer(directory, account, postgres_cluster) as pooler:
        yield pooler
