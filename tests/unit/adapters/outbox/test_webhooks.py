"""What is signed is what is verified, and whatever is wrong is one kind of error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import webhooks
from adapters.webhooks import DuplicateWebhook, WebhookError, shown_secret, verify

SECRET, OTHER = b"k" * 32, b"o" * 32
NOW = 1_800_000_000


def signed(
    body: bytes, *secrets: bytes, message_id: str = "m1", timestamp: int = NOW
) -> dict[str, str]:
    return {
        webhooks.ID: message_id,
        webhooks.TIMESTAMP: str(timestamp),
        webhooks.SIGNATURE: " ".join(
            webhooks.sign(secret, message_id=message_id, timestamp=timestamp, body=body)
            for secret in secrets
        ),
    }


class Seen:
    def __init__(self) -> None:
        self.ids: set[str] = set()

    def add(self, message_id: str, keep_seconds: int, /) -> bool:
        is_new = message_id not in self.ids
        self.ids.add(message_id)
        return is_new


def test_the_example_of_the_standard_gives_its_signature() -> None:
    """From the reference implementations' own tests."""
    secret = webhooks.read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    given_signature = webhooks.sign(
        secret,
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert given_signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.dictionaries(st.text(), st.text()), st.integers(-300, 300))
def test_what_was_signed_is_verified(message: dict[str, str], skew: int) -> None:
    body = json.dumps(message).encode()
    webhook = verify(
        [shown_secret(SECRET)], headers=signed(body, SECRET), body=body, now=NOW + skew
    )
    assert (webhook.id, webhook.timestamp, webhook.message) == ("m1", NOW, message)


def test_while_secrets_change_either_will_do() -> None:
    headers = signed(b"{}", OTHER, SECRET)
    upper = {name.upper(): value for name, value in headers.items()}
    for accepted in ([SECRET], [OTHER], [b"x" * 32, SECRET]):
        secrets = [shown_secret(secret) for secret in accepted]
        assert verify(secrets, headers=upper, body=b"{}", now=NOW).id == "m1"


@given(
    st.fixed_dictionaries(
        {},
        optional={
            webhooks.ID: st.text(),
            webhooks.TIMESTAMP: st.text() | st.just(str(NOW)) | st.just(f"{NOW}.9"),
            webhooks.SIGNATURE: st.text() | st.sampled_from(["v1", "v1,", "v1,é=="]),
        },
    ),
    st.binary(),
)
def test_whatever_else_comes_is_one_kind_of_error(
    headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(WebhookError):
        verify([shown_secret(SECRET)], headers=headers, body=body, now=NOW)


@pytest.mark.parametrize("late", [-301, 301])
def test_what_is_not_from_now_is_refused(late: int) -> None:
    with pytest.raises(WebhookError, match="not now"):
        verify(
            [shown_secret(SECRET)],
            headers=signed(b"{}", SECRET),
            body=b"{}",
            now=NOW + late,
        )


@pytest.mark.parametrize(
    "change",
    [
        {webhooks.ID: "m2"},
        {webhooks.TIMESTAMP: str(NOW + 1)},
        {webhooks.TIMESTAMP: f"0{NOW}"},
        {webhooks.SIGNATURE: ""},
    ],
)
def test_a_header_that_was_changed_is_noticed(change: dict[str, str]) -> None:
    headers = signed(b"{}", SECRET) | change
    with pytest.raises(WebhookError):
        verify([shown_secret(SECRET)], headers=headers, body=b"{}", now=NOW)


def test_genuine_bytes_that_are_no_json_are_refused_too() -> None:
    for body in (b"\xff", b"{", b"[" * 100_000):
        with pytest.raises(WebhookError, match="JSON"):
            verify(
                [shown_secret(SECRET)],
                headers=signed(body, SECRET),
                body=body,
                now=NOW,
            )


def test_what_comes_twice_is_told_apart_and_a_forgery_is_not_remembered() -> None:
    seen, headers, secrets = Seen(), signed(b"{}", SECRET), [shown_secret(SECRET)]
    forged = headers | {webhooks.SIGNATURE: "v1,AAAA"}
    with pytest.raises(WebhookError):
        verify(secrets, headers=forged, body=b"{}", now=NOW, seen=seen)
    verify(secrets, headers=headers, body=b"{}", now=NOW, seen=seen)
    with pytest.raises(DuplicateWebhook):
        verify(secrets, headers=headers, body=b"{}", now=NOW, seen=seen)


def test_a_secret_that_is_none_is_the_receivers_own_fault() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify(["whsec_é"], headers={}, body=b"", now=NOW)
