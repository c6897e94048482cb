"""No name leads into the inner network."""

import pytest
from aiohttp import ClientConnectorError

from adapters.outbox.addresses import InnerAddress, is_outer
from adapters.outbox.client import open_client
from tests.unit.adapters.outbox.sink import Sink

INNER = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "not an address",
]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_told_whatever_its_form(address: str) -> None:
    assert not is_outer(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_an_address_of_the_internet_is_one(address: str) -> None:
    assert is_outer(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"])
async def test_a_name_that_leads_inside_is_never_connected_to(
    sink: Sink, host: str
) -> None:
    """As a name server may answer whatever it likes: looked at when connecting."""
    port = sink.url.rpartition(":")[2]
    async with open_client() as client:
        # Past the first fence, as a name that was fine when it was registered.
        session = client._guarded
        with pytest.raises(ClientConnectorError) as refused:
            await session.post(f"http://{host}:{port}/")
        assert isinstance(refused.value.os_error, InnerAddress)
    assert not sink.received
