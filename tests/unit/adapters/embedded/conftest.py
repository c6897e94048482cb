import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from adapters.postgres.embedded import start
from tests.unit.adapters.embedded.users import Processes, pid_of


@pytest.fixture
def processes() -> Iterator[Processes]:
    with_pipes = Processes()
    yield with_pipes
    for process in with_pipes.all:
        process.kill()
        process.communicate()


@pytest.fixture
def nowhere() -> Iterator[Path]:
    """A directory with a short name, and no server left when the test ends."""
    with TemporaryDirectory(prefix="ec-") as name:
        yield Path(name)
        for cluster in Path(name).rglob("PG_VERSION"):
            if cluster.parent.name == "postgres" and pid_of(cluster.parents[1]):
                start(cluster.parents[1]).close()


@pytest.fixture(scope="package")
def pristine() -> Iterator[Path]:
    with TemporaryDirectory(prefix="ec-") as name:
        start(Path(name)).close()
        yield Path(name)


@pytest.fixture
def data_dir(pristine: Path, nowhere: Path) -> Path:
    """A data directory with a new cluster, stopped: a copy, which is quicker."""
    return shutil.copytree(pristine, nowhere / "data", symlinks=True)
