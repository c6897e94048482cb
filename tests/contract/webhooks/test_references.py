"""Ours and the reference implementations of Standard Webhooks take each other's word.

Those of PyPI and npm: what we send they verify, what they sign we verify, and all
refuse the same.
"""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
import standardwebhooks
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters import webhooks
from adapters.outbox.messages import ActivitySecrets, message_for
from adapters.webhooks import WebhookError, shown_secret, verify
from events_core.domain.identity import MessageId, TenantId
from events_core.domain.publication import Audience
from events_core.ports.outbox import Delivery, Kind, Subscriber
from events_core.testing.builders import new_uuid
from tests.contract.webhooks.conftest import Npm


class Reference(Protocol):
    """An implementation that is not ours."""

    def sign(self, secret: str, message_id: str, timestamp: int, body: bytes, /) -> str:
        """Return its signature."""
        ...

    def verify(self, secret: str, headers: Mapping[str, str], body: bytes, /) -> Any:  # noqa: ANN401 (JSON)
        """Return the message; ``ValueError`` where it is refused."""
        ...


class PyPI:
    """``standardwebhooks`` of PyPI."""

    def sign(self, secret: str, message_id: str, timestamp: int, body: bytes) -> str:
        at = datetime.fromtimestamp(timestamp, UTC)
        return standardwebhooks.Webhook(secret).sign(message_id, at, body.decode())

    def verify(self, secret: str, headers: Mapping[str, str], body: bytes) -> Any:  # noqa: ANN401 (JSON)
        try:
            return standardwebhooks.Webhook(secret).verify(body, {**headers})
        except standardwebhooks.WebhookVerificationError as refused:
            raise ValueError(str(refused)) from None


@pytest.fixture(scope="session", params=["pypi", "npm"])
def reference(request: pytest.FixtureRequest) -> Reference:
    """One of them."""
    if request.param == "pypi":
        return PyPI()
    npm: Npm = request.getfixturevalue("npm")
    return npm


secrets = st.binary(min_size=24, max_size=64)
several = st.lists(secrets, min_size=1, max_size=5, unique=True)
texts = st.text(st.characters(exclude_categories=["Cs"]))
messages = st.dictionaries(texts, texts | st.lists(texts) | st.none() | st.booleans())
ids = st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64
)
skews = st.integers(-290, 290)


def sent(
    secrets: Sequence[bytes], message: object, *, skew: int = 0, kind: Kind
) -> tuple[Mapping[str, str], bytes]:
    """Return the headers and the body with which a relay tells a message."""
    tenant_id = TenantId(new_uuid())
    subscriber = Subscriber(
        id=new_uuid(),
        kind=kind,
        url="https://subscriber.example/hook",
        audience=Audience(tenant_id=tenant_id),
        secrets=tuple(secrets),
    )
    body = json.dumps(message, ensure_ascii=False).encode()
    delivery = Delivery(
        subscriber=subscriber,
        tenant_id=tenant_id,
        message_id=MessageId(new_uuid()),
        event_type="event.created",
        position=1,
        place=1,
        attempt=1,
        body=body,
        token=new_uuid(),
    )
    told = message_for(
        delivery,
        body,
        timestamp=int(time.time()) + skew,
        activity=ActivitySecrets(),
    )
    return told.headers, told.body


@given(several, messages, skews, st.sampled_from([Kind.STANDARD, Kind.INTERNAL]))
def test_what_we_send_they_verify_with_each_secret_that_is_good(
    reference: Reference, good: list[bytes], message: object, skew: int, kind: Kind
) -> None:
    headers, body = sent(good, message, skew=skew, kind=kind)
    for secret in good:
        assert reference.verify(shown_secret(secret), headers, body) == message


@given(several, secrets, messages)
def test_what_we_send_they_refuse_with_any_other_secret_or_byte(
    reference: Reference, good: list[bytes], other: bytes, message: object
) -> None:
    assume(other not in good)
    headers, body = sent(good, message, kind=Kind.STANDARD)
    right = shown_secret(good[0])
    for secret, changed, what in (
        (shown_secret(other), {}, body),
        (right, {}, body + b" "),
        (right, {webhooks.ID: f"{headers[webhooks.ID]}x"}, body),
        (right, {webhooks.TIMESTAMP: str(int(headers[webhooks.TIMESTAMP]) - 1)}, body),
        (right, {webhooks.TIMESTAMP: str(int(time.time()) - 400)}, body),
    ):
        with pytest.raises(ValueError, match=r"."):
            reference.verify(secret, {**headers, **changed}, what)
        with pytest.raises(WebhookError):
            verify([secret], headers={**headers, **changed}, body=what, now=time.time())


@given(several, st.data(), st.tuples(ids, skews), messages)
def test_what_they_sign_we_verify_if_one_of_our_secrets_is_theirs(
    reference: Reference,
    good: list[bytes],
    data: st.DataObject,
    sent_as: tuple[str, int],
    message: object,
) -> None:
    message_id, skew = sent_as
    hers, body = data.draw(st.sampled_from(good)), json.dumps(message).encode()
    timestamp = int(time.time()) + skew
    headers = {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": reference.sign(
            shown_secret(hers), message_id, timestamp, body
        ),
    }
    ours = [shown_secret(secret) for secret in good]
    told = verify(ours, headers=headers, body=body, now=time.time())
    assert (told.id, told.timestamp, told.message) == (message_id, timestamp, message)
    others = [secret for secret in ours if secret != shown_secret(hers)]
    with pytest.raises(WebhookError):
        verify(others, headers=headers, body=body, now=time.time())


@given(secrets, ids, messages)
def test_all_sign_alike(
    reference: Reference, secret: bytes, message_id: str, message: object
) -> None:
    timestamp, body = int(time.time()), json.dumps(message).encode()
    ours = webhooks.sign(secret, message_id=message_id, timestamp=timestamp, body=body)
    assert reference.sign(shown_secret(secret), message_id, timestamp, body) == ours
