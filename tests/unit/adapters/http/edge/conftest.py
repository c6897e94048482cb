import pytest

from tests.unit.adapters.http.edge.toy import Service


@pytest.fixture
def service() -> Service:
    return Service()
