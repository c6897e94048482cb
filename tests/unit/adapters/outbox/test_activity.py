"""What Activity is sent, held against what it wants: neighbours.md, 4 and 1."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbox.client import WebhookClient, open_client
from adapters.outbox.delivering import Delivering
from adapters.outbox.messages import ActivitySecrets, activity_body
from events_core.domain.facts import Fact
from events_core.domain.publication import Told
from events_core.ports.outbox import Delivery, Kind, Outcome
from events_core.testing.builders import a_message_id, a_tenant, new_uuid
from events_core.testing.contracts.outbox import a_subscriber
from events_core.wire import published_text, told_text
from tests.unit.adapters.outbox.sink import Received, Sink
from tests.unit.test_wire import SAID_BESIDES

INTERNAL, WEBHOOK = b"i" * 32, b"webhook secret"
TENANT = a_tenant()
NOBODY = "00000000-0000-0000-0000-000000000000"
SHE = "0192f0c1-0000-7000-8000-0000000000dd"

#: What is called otherwise there: all else of a fact is kept as it is.
RENAMED = {
    "event_type": "type",
    "message_id": "event_id",
    "event_id": "calendar_event_id",
}

TOLD = [
    (fact, told)
    for fact, _ in SAID_BESIDES
    for told in Told
    if told is Told.ITSELF or "subscription" not in fact.event_type
]


def body_of(fact: Fact, told: Told = Told.ITSELF) -> bytes:
    """Return a fact as it is told to anybody."""
    made = {"starts_at": "2027-03-21T19:00:00Z", "ends_at": None}
    text = told_text(published_text(fact), told, 7, snapshot=made, created_by=SHE)
    return text.encode()


def wanted(fact: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Activity wants to be told, from a fact as others are told it."""
    person = next(
        (fact[k] for k in ("user_id", "created_by", "by") if fact.get(k)), None
    )
    return {
        **{RENAMED.get(name, name): value for name, value in fact.items()},
        "title": (fact.get("title") or "")[:256],
        # What is about no event is for nobody to see there.
        "visibility": fact["visibility"] or "private",
        "linked_user_id": person or NOBODY,
    }


@pytest.mark.parametrize(("fact", "told"), TOLD)
def test_the_message_has_every_key_that_activity_reads(fact: Fact, told: Told) -> None:
    said = json.loads(body_of(fact, told))
    message = json.loads(activity_body(body_of(fact, told)))
    assert message == wanted(said)
    assert UUID(message["event_id"]) == UUID(said["message_id"])
    assert message["calendar_event_id"] == said["event_id"]
    assert str(UUID(message["linked_user_id"])) == message["linked_user_id"]
    assert message["scope_type"] in {"TENANT", "COMMUNITY", "TEAM"}
    assert str(UUID(message["scope_id"])) == message["scope_id"]
    assert message["visibility"] in {"public", "community", "team", "private"}
    assert message["occurred_at"].endswith("Z")
    for name in ("type", "title", "occurred_at"):
        assert isinstance(message[name], str)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=600))
def test_a_title_is_never_longer_than_activity_takes(title: str) -> None:
    fact = json.loads(body_of(SAID_BESIDES[0][0])) | {"title": title}
    body = activity_body(json.dumps(fact, ensure_ascii=False).encode())
    assert json.loads(body)["title"] == title[:256]


@pytest.mark.parametrize(("fact", "told"), TOLD)
def test_the_same_fact_is_always_the_same_bytes(fact: Fact, told: Told) -> None:
    assert activity_body(body_of(fact, told)) == activity_body(body_of(fact, told))


def check_as_activity_does(received: Received, base: str, slug: str) -> None:
    """Check both signatures by what the contract says, with nothing of ours."""
    headers, body = received.headers, received.body
    assert received.path == f"{base}/ingest/webhook/minecraft"
    lines = (
        b"POST",
        received.path.encode(),
        hashlib.sha256(body).hexdigest().encode(),
        headers["x-request-id"].encode(),
        str(int(headers["x-updspace-timestamp"])).encode(),
    )
    context = hmac.new(INTERNAL, b"\n".join(lines), hashlib.sha256).hexdigest()
    assert headers["x-updspace-signature"] == context
    mac = hmac.new(WEBHOOK, body, hashlib.sha256).hexdigest()
    assert headers["x-signature"] == f"sha256={mac}"
    assert UUID(headers["x-tenant-id"]) == TENANT
    assert headers["x-tenant-slug"] == slug
    assert headers["x-request-id"]
    # It redirects what does not seem to have come over TLS.
    assert headers["x-forwarded-proto"] == "https"
    assert headers["content-type"] == "application/json"
    assert "x-user-id" not in headers


@pytest.mark.parametrize("base", ["", "/api/v1", "/a%20b"])
@pytest.mark.parametrize(
    ("slug", "told"),
    [("the-tenant", "the-tenant"), ("", str(TENANT))],
    ids=["a slug", "no slug"],
)
async def test_both_signatures_are_over_what_arrives(
    client: WebhookClient, sink: Sink, base: str, slug: str, told: str
) -> None:
    delivering = Delivering(
        client=client, activity=ActivitySecrets(internal=INTERNAL, webhook=WEBHOOK)
    )
    delivery = a_delivery(f"{sink.url}{base}/ingest/webhook/minecraft", slug)
    for _ in range(2):
        assert (await delivering(delivery)).outcome is Outcome.DELIVERED
    for received in sink.received:
        check_as_activity_does(received, base, told)
    first, second = sink.received
    assert first.body == second.body
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.parametrize(
    ("secrets", "missing"),
    [
        (ActivitySecrets(), "BFF_INTERNAL_HMAC_SECRET"),
        (ActivitySecrets(webhook=WEBHOOK), "BFF_INTERNAL_HMAC_SECRET"),
        (ActivitySecrets(internal=INTERNAL), "ACTIVITY_WEBHOOK_SECRET"),
    ],
)
async def test_without_a_secret_it_waits_and_says_which(
    client: WebhookClient, sink: Sink, secrets: ActivitySecrets, missing: str
) -> None:
    result = await Delivering(client=client, activity=secrets, schedule=())(
        a_delivery(f"{sink.url}/ingest/webhook/minecraft", "")
    )
    assert (result.outcome, result.error) == (Outcome.AGAIN, f"not set: {missing}")
    assert result.counts
    assert not sink.received


@pytest.mark.parametrize("kind", Kind)
async def test_activity_alone_is_told_where_no_host_is_allowed(
    sink: Sink, kind: Kind
) -> None:
    """A tenant's own subscription never gets what leads inside."""
    outcomes = set()
    async with open_client() as client:
        delivering = Delivering(
            client=client, activity=ActivitySecrets(internal=INTERNAL, webhook=WEBHOOK)
        )
        port = sink.url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "127.1", "[::ffff:7f00:1]"):
            delivery = a_delivery(f"http://{host}:{port}/x", "")
            subscriber = evolve(delivery.subscriber, kind=kind)
            result = await delivering(evolve(delivery, subscriber=subscriber))
            outcomes.add(result.outcome)
    is_activity = kind is Kind.ACTIVITY
    assert (Outcome.DELIVERED in outcomes) is is_activity
    assert bool(sink.received) is is_activity


def a_delivery(url: str, slug: str) -> Delivery:
    return Delivery(
        subscriber=evolve(a_subscriber(TENANT, kind=Kind.ACTIVITY), url=url),
        tenant_id=TENANT,
        message_id=a_message_id(),
        event_type="event.created",
        position=7,
        place=7,
        attempt=1,
        body=body_of(SAID_BESIDES[0][0]),
        token=new_uuid(),
        tenant_slug=slug,
    )
