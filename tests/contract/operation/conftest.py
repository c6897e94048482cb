"""What an operator's service stands among: a database, a Portal, an Access."""

from collections.abc import Callable, Iterator

import pytest

from adapters.postgres.embedded import RunningCluster
from tests.contract.service.database import Place
from tests.neighbours import Access, Portal
from tests.unit.adapters.http.edge.toy import SECRET

MakePlace = Callable[[], Place]


@pytest.fixture
def make_place(
    postgres_cluster: RunningCluster, make_migrated_database: Callable[[], str]
) -> MakePlace:
    """Return a maker of migrated databases with nothing in them."""
    return lambda: Place(postgres_cluster, make_migrated_database())


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A Portal that knows nobody yet."""
    with Portal(SECRET) as portal:
        yield portal


@pytest.fixture
def access() -> Iterator[Access]:
    """An Access that has bound no role yet."""
    with Access(SECRET) as access:
        yield access
