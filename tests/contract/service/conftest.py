"""One service for the tests that can share one, each with a database of its own."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from adapters.postgres.embedded import RunningCluster
from tests.contract.service.caller import Caller, calling
from tests.contract.service.database import Place
from tests.contract.service.neighbourhood import Neighbours
from tests.contract.service.process import Service
from tests.contract.service.wired import InProcess, in_process
from tests.neighbours import Access, Portal
from tests.unit.adapters.http.edge.toy import SECRET

MakePlace = Callable[[], Place]


@pytest.fixture(scope="session")
def make_place(
    postgres_cluster: RunningCluster, make_migrated_database: Callable[[], str]
) -> MakePlace:
    """Return a maker of migrated databases with nothing in them."""
    return lambda: Place(postgres_cluster, make_migrated_database())


@pytest.fixture(scope="module")
def place(make_place: MakePlace) -> Place:
    """The database of a module's service."""
    return make_place()


@pytest.fixture(scope="module")
def neighbours() -> Iterator[Neighbours]:
    """Portal and Access; Access lets everybody do what everybody may."""
    with Portal(SECRET) as portal, Access(SECRET) as access:
        yield Neighbours(portal, access)
    assert not portal.crashes
    assert not access.crashes


@pytest.fixture(scope="module")
async def here(place: Place) -> AsyncIterator[InProcess]:
    """A service in this process, with a directory of its own."""
    async with in_process(place, EVENTS_DIRECTORY="local") as service:
        yield service


@pytest.fixture(scope="module")
def service(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service in a process of its own, with a directory of its own."""
    cwd: Path = tmp_path_factory.mktemp("service")
    with Service(cwd, EVENTS_DIRECTORY="local", **place.settings) as running:
        yield running


@pytest.fixture(scope="module")
async def caller(service: Service) -> AsyncIterator[Caller]:
    """Whoever calls that service."""
    async with calling(service.url) as caller:
        yield caller
