"""Entity tags and preconditions."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.errors import Malformed
from adapters.http.etags import ExpectedVersions, etag, expected_versions, is_known

TAG = etag(3, b"body")
ANY = ExpectedVersions(any=True)


def only(*versions: int) -> ExpectedVersions:
    return ExpectedVersions(any=False, versions=frozenset(versions))


@given(st.integers(1, 2**31), st.binary(), st.binary())
def test_a_tag_tells_versions_and_bodies_apart(
    version: int, body: bytes, other: bytes
) -> None:
    tag = etag(version, body)

    assert etag(version, body) == tag
    assert (etag(version, other) == tag) == (body == other)
    assert etag(version + 1, body) != tag
    assert expected_versions({"if-match": tag}, None) == only(version)
    assert is_known(tag, {"if-none-match": tag})


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (None, False),
        ("*", True),
        (" * ", True),
        (TAG, True),
        (f"W/{TAG}", True),
        (f'"a", {TAG}', True),
        (f'"a" , W/"b",{TAG}', True),
        ('""', False),
        (etag(3, b"other"), False),
        (etag(4, b"body"), False),
        ('"3"', False),
    ],
)
def test_if_none_match_compares_all_of_a_tag(header: str | None, known: bool) -> None:  # noqa: FBT001
    headers = {} if header is None else {"if-none-match": header}
    assert is_known(TAG, headers) is known


@pytest.mark.parametrize(
    ("header", "in_body", "expected"),
    [
        (None, None, ANY),
        ("*", None, ANY),
        ("*", 3, only(3)),
        (None, 3, only(3)),
        ('"3-00"', None, only(3)),
        ('"3-00","4-ff"', None, only(3, 4)),
        ('"3-00","4-ff"', 4, only(4)),
        ('"3-00"', 4, only()),
        ('W/"3-00"', None, only()),
        ('W/"3-00", "4-00"', None, only(4)),
        ('"3"', None, only()),
        ('"0-00"', None, only()),
        ('"03-00"', None, only()),
        ('"-3-00"', None, only()),
        ('""', None, only()),
    ],
)
def test_if_match_compares_the_version_alone(
    header: str | None, in_body: int | None, expected: ExpectedVersions
) -> None:
    headers = {} if header is None else {"if-match": header}
    assert expected_versions(headers, in_body) == expected


@pytest.mark.parametrize(
    "header",
    [
        "",
        "3",
        '"3-00',
        '3-00"',
        'w/"3-00"',
        '"a" "b"',
        '"a",',
        ',"a"',
        '*, "a"',
        '"a b"',
        '"\x00"',
        '"é"',
        '"a"\n',
        '"' + "a" * 2000 + '"',
        '"a",' * 700 + '"a"',
    ],
)
def test_what_is_no_list_of_tags_is_malformed(header: str) -> None:
    with pytest.raises(Malformed) as refused:
        is_known(TAG, {"if-none-match": header})
    assert refused.value.code == "INVALID_IF_NONE_MATCH"
    with pytest.raises(Malformed) as refused:
        expected_versions({"if-match": header}, None)
    assert refused.value.code == "INVALID_IF_MATCH"


@given(st.text())
def test_no_header_makes_it_fail(header: str) -> None:
    with contextlib.suppress(Malformed):
        assert (
            not is_known(TAG, {"if-none-match": header}) or header.strip(" \t") == "*"
        )
