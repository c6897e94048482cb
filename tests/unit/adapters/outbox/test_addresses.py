"""A subscriber's URL is no way into the inner network."""

import pytest
from aiohttp import ClientConnectorError

from adapters.outbox.addresses import InnerAddress, check_url, is_outer
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


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://user:pass@example.org/",
        "https://user@example.org/",
        "https://example.org/#x",
        "https://example.org/a/../b",
        "https://example.org/a b",
        "https://example.org/ü",
        "https://example.org:80/",
        "https://example.org:99999/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0x7f000001/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https:///path",
        "https://example.org\\@10.0.0.1/",
        "https://example.org/" + "x" * 2000,
        "",
    ],
)
def test_a_url_that_nobody_needs_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|path|port|host"):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org/hooks/1?token=a%20b",
        "https://example.org:8443/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_an_ordinary_url_is_fine(url: str) -> None:
    check_url(url)


def test_a_host_that_the_operator_named_may_be_plain_and_inside() -> None:
    check_url("http://activity:8004/api/v1/hook", {"activity"})
    with pytest.raises(ValueError, match="user"):
        check_url("http://me@activity:8004/", {"activity"})
    with pytest.raises(ValueError, match="https"):
        check_url("http://activity.example/", {"activity"})


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
