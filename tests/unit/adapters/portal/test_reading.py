"""Addresses that are none, and answers that are no objects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.portal.client import open_neighbour, read_object
from adapters.portal.lanes import ANSWER_LIMIT
from tests.unit.adapters.portal.conftest import SECRET


@pytest.mark.parametrize(
    "address",
    [
        "",
        "portal:8003",
        "/api/v1",
        "http://",
        "http:///api/v1",
        "ftp://portal/api/v1",
        "http://user:secret@portal/api/v1",
        "http://portal/api/v1?x=1",
        "http://portal/api/v1#x",
        "http://portal:99999/",
        "http://portal:0/",
        "http://portal:port/",
        f"http://{'a' * 64}/",
        "http://por\ntal/",
    ],
)
async def test_what_is_no_plain_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        async with open_neighbour("portal", address, secret=SECRET):
            pass


async def test_a_refused_address_does_not_tell_its_password() -> None:
    with pytest.raises(ValueError, match="address") as refused:
        async with open_neighbour("p", "http://me:hush@portal/?", secret=SECRET):
            pass
    assert "hush" not in str(refused.value)


def test_an_object_is_read() -> None:
    assert read_object(b' {"a": [1, {"a": null}], "b": "\xd0\xb1"} ') == {
        "a": [1, {"a": None}],
        "b": "б",
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'"{}"',
        b"{",
        b'{"a": 1',
        b"{'a': 1}",
        b"<html><body>Sign in</body></html>",
        b'{"a": "\xff"}',
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 1}}',
        b"[" * ANSWER_LIMIT,
        b'{"a":' * 13_000,
        b'{"a": ' + b"9" * 60_000 + b"}",
    ],
)
def test_anything_else_is_no_object(content: bytes) -> None:
    assert read_object(content) is None


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    read = read_object(content)
    assert read is None or isinstance(read, dict)
