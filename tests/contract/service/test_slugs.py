"""What a tenant is called, from whoever asks to whoever is told in its name."""

import pytest

from events_core.ports.outbox import Kind
from tests.contract.service.caller import Person
from tests.contract.service.database import Place
from tests.contract.service.neighbourhood import Neighbours
from tests.contract.service.test_traces import anna, told_of_a_creation
from tests.contract.service.wired import in_process

__all__ = ["anna"]


@pytest.mark.parametrize(
    ("slug", "told"), [("chess-club", "chess-club"), ("chess club", "chess%20club")]
)
async def test_who_is_signed_for_internally_is_told_what_the_tenant_is_called(
    place: Place, neighbours: Neighbours, anna: Person, slug: str, told: str
) -> None:
    headers = {"X-Tenant-Slug": slug}
    async with in_process(place, **neighbours.settings) as here:
        received = await told_of_a_creation(here, anna, headers, Kind.INTERNAL)
    assert received.headers["x-tenant-id"] == str(anna.tenant)
    assert received.headers["x-tenant-slug"] == told
    assert neighbours.access.calls[-1].headers["x-tenant-slug"] == told
