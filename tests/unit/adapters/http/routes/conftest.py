"""What the tests of the operations start from."""

import pytest

from tests.unit.adapters.http.world import World


@pytest.fixture
def world() -> World:
    return World()
