import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.signing import WINDOW_SECONDS, canonical_form, sign, verify

SECRET = b"a secret of thirty-two bytes, ok!"
AT = 1_790_000_000

#: Made with ``openssl dgst -sha256 -hmac``, not with the code under test.
OPENSSL_POST = b"f07e476b9c324f578d62e304831562d7a79b124c45468f2585c0d5c4242bbc75"
OPENSSL_GET = b"7a8595181395f67c6147d6508c4127be02afca4fc3b7a228ec95140cb1dc3b3f"


def verified(
    secrets: tuple[bytes, ...] = (SECRET,),
    *,
    signature: bytes = OPENSSL_POST,
    timestamp: bytes = b"%d" % AT,
    now: int = AT,
    method: str = "POST",
    path: bytes = b"/api/v1/events/",
    body: bytes = '{"title":"Чай"}'.encode(),
    request_id: bytes = b"req-1",
) -> int | None:
    """Verify the request openssl signed, but for what the test says otherwise."""
    return verify(
        secrets,
        signature=signature,
        timestamp=timestamp,
        now=now,
        method=method,
        path=path,
        body=body,
        request_id=request_id,
    )


def test_the_canonical_form_is_five_lines() -> None:
    form = canonical_form(
        method="get", path=b"/a%20b", body=b"", request_id=b"r", timestamp=7
    )
    assert form.split(b"\n") == [
        b"GET",
        b"/a%20b",
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        b"r",
        b"7",
    ]


def test_what_openssl_signed_is_verified() -> None:
    assert verified() == 0
    assert verified(signature=OPENSSL_GET, method="GET", body=b"") == 0


def test_the_method_is_signed_in_upper_case() -> None:
    assert verified(method="post") == 0


def test_every_signed_part_counts() -> None:
    assert verified(method="PUT") is None
    assert verified(path=b"/api/v1/events") is None
    assert verified(body=b"{}") is None
    assert verified(request_id=b"req-2") is None
    assert verified(timestamp=b"%d" % (AT + 1)) is None
    assert verified((b"another secret of thirty-two byte",)) is None


@pytest.mark.parametrize(
    "signature",
    [b"", OPENSSL_POST.upper(), OPENSSL_POST[:-1], OPENSSL_POST + b" ", b"\xff" * 64],
)
def test_only_the_lower_case_hex_is_a_signature(signature: bytes) -> None:
    assert verified(signature=signature) is None


def test_the_window_includes_both_its_ends() -> None:
    assert verified(now=AT + WINDOW_SECONDS) == 0
    assert verified(now=AT - WINDOW_SECONDS) == 0
    assert verified(now=AT + WINDOW_SECONDS + 1) is None
    assert verified(now=AT - WINDOW_SECONDS - 1) is None


@pytest.mark.parametrize(
    "spelt",
    [
        b"",
        b" 1790000000",
        b"1790000000\n",
        b"+1790000000",
        b"-1790000000",
        b"1_790_000_000",
        b"1790000000.0",
        b"1.79e9",
        b"9" * 5000,
        "１７９０００００００".encode(),
    ],
)
def test_a_timestamp_that_is_no_plain_integer_is_refused(spelt: bytes) -> None:
    assert verified(timestamp=spelt) is None


def test_while_secrets_rotate_either_is_good_and_it_is_told_which() -> None:
    assert verified((SECRET, b"old")) == 0
    assert verified((b"new", SECRET)) == 1
    assert verified((b"new", b"newer")) is None
    assert verified(()) is None


@given(
    secret=st.binary(min_size=1),
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE"]),
    path=st.binary(),
    body=st.binary(),
    request_id=st.binary(),
    timestamp=st.integers(0, 10**12 - 1),
)
def test_what_one_side_signs_the_other_verifies(
    *,
    secret: bytes,
    method: str,
    path: bytes,
    body: bytes,
    request_id: bytes,
    timestamp: int,
) -> None:
    signature = sign(
        secret,
        method=method,
        path=path,
        body=body,
        request_id=request_id,
        timestamp=timestamp,
    )
    assert (
        verified(
            (secret,),
            signature=signature.encode(),
            timestamp=b"%d" % timestamp,
            now=timestamp,
            method=method,
            path=path,
            body=body,
            request_id=request_id,
        )
        == 0
    )
