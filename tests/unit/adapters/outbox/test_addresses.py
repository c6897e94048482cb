"""No name leads into the inner network."""

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from aiohttp import ClientConnectorError, ClientError, ClientSession, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from adapters.outbox.addresses import InnerAddress, guarded_socket, is_outer
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
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "::2",
    "64:ff9b::7f00:1",
    "64:ff9b::1.1.1.1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::7f00:1",
    "fec0::1",
    "4000::1",
    "192.0.0.8",
    "240.0.0.1",
    "2002:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "not an address",
]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_told_whatever_its_form(address: str) -> None:
    assert not is_outer(address)


#: How an address of version 4 can be hidden in one of version 6.
HIDDEN = {
    "mapped": "::ffff:{}",
    "compatible": "::{}",
    "translated": "::ffff:0:{}",
    "NAT64": "64:ff9b::{}",
    "local NAT64": "64:ff9b:1::{}",
    "Teredo": "2001::{}",
}


@given(st.ip_addresses(v=4), st.sampled_from([*HIDDEN.values()]))
def test_no_address_is_reached_by_way_of_another(ip: IPv4Address, form: str) -> None:
    assert not is_outer(form.format(ip))
    high, low = divmod(int(ip), 1 << 16)
    assert not is_outer(f"2002:{high:x}:{low:x}::1")  # 6to4


@given(st.ip_addresses())
def test_what_is_outer_is_so_for_python_too(ip: IPv4Address | IPv6Address) -> None:
    assert not is_outer(str(ip)) or (ip.is_global and not ip.is_reserved)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "2a00:1450:4001:81b::200e"]
)
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
        session = client._guarded.kept
        with pytest.raises(ClientConnectorError) as refused:
            await session.post(f"http://{host}:{port}/")
        assert isinstance(refused.value.os_error, InnerAddress)
    assert not sink.received


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1."]
)
async def test_however_an_address_is_spelt_it_leads_nowhere_inside(
    sink: Sink, host: str
) -> None:
    """Who makes an address of it differs, and so does the error."""
    port = sink.url.rpartition(":")[2]
    async with open_client() as client:
        with pytest.raises(ClientError):
            await client._guarded.kept.post(URL(f"http://{host}:{port}/", encoded=True))
    assert not sink.received


@frozen
class Rebinding(AbstractResolver):
    """A name server that says at each question what comes next, whoever is meant."""

    answers: list[str]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the next answer, all in one."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.answers.pop(0).split()
        ]

    async def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("answer", ["127.0.0.1", "10.0.0.1 127.0.0.1"])
async def test_a_name_that_led_outside_before_and_inside_now_is_not_followed(
    sink: Sink, answer: str
) -> None:
    port = sink.url.rpartition(":")[2]
    resolver = Rebinding([answer])
    connector = TCPConnector(resolver=resolver, socket_factory=guarded_socket)
    async with ClientSession(connector=connector) as session:
        with pytest.raises(ClientConnectorError) as refused:
            await session.post(f"http://rebound.example:{port}/")
    assert isinstance(refused.value.os_error, InnerAddress)
    assert not sink.received
