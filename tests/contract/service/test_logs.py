"""The log names every request, its tenant and user, and nothing anybody wrote."""

import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.contract.service.caller import SOON, Caller, Person, calling
from tests.contract.service.database import Place
from tests.contract.service.neighbourhood import Neighbours
from tests.contract.service.process import Service
from tests.neighbours import half, say
from tests.unit.adapters.http.edge.toy import SECRET, signed

#: Stands wherever a person or an operator can put a text.
CANARY = "Canary7f3a"


@pytest.fixture(scope="module")
def service(
    place: Place, neighbours: Neighbours, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with_password = place.app.replace("@", f":{CANARY}@", 1)
    with Service(
        tmp_path_factory.mktemp("service"),
        **neighbours.settings,
        EVENTS_DATABASE_URL=with_password,
        EVENTS_DATABASE_OWNER_URL=place.owner,
        EVENTS_METRICS_TOKEN=f"{CANARY}-metrics",
        BFF_INTERNAL_HMAC_SECRET_PREVIOUS=f"{CANARY}, thirty-two bytes or more of it",
        EVENTS_LOG_LEVEL="debug",
    ) as running:
        yield running


@pytest.fixture(scope="module")
async def caller(service: Service) -> AsyncIterator[Caller]:
    async with calling(service.url) as caller:
        yield caller


TEXTS = {
    "title": f"{CANARY} night",
    "description": f"{CANARY}\nwrites",
    "locationText": f"At {CANARY}'s",
    "locationUrl": f"https://example.org/{CANARY}",
    "gameId": CANARY,
    "metadata": {CANARY: [CANARY]},
    CANARY: CANARY,
}
HEADERS = {
    "X-Tenant-Slug": CANARY,
    "Authorization": f"Bearer {CANARY}",
    "Cookie": f"session={CANARY}",
    "User-Agent": CANARY,
    "Referer": f"https://example.org/{CANARY}",
    "X-Forwarded-For": CANARY,
    "Accept-Language": CANARY,
    "X-Other": CANARY,
}


async def talk(
    caller: Caller, place: Place, neighbours: Neighbours, anna: Person
) -> list[httpx.Response]:
    """Do all there is to do, well and badly, with the canary in every place."""
    answers: list[httpx.Response] = []

    async def ask(method: str, url: str, body: object = None, **more: object) -> None:
        by = more.pop("by", anna)
        assert isinstance(by, Person)
        told = {**HEADERS, **({"Idempotency-Key": CANARY} if more else {})}
        answers.append(await caller.ask(method, url, body, by=by, headers=told))

    admin = Person(
        anna.tenant, anna.user, json.dumps({"system_admin": True, "status": CANARY})
    )
    event = {**TEXTS, "startsAt": SOON}
    await ask("POST", "/", event, by=admin, keyed=True)
    url = f"/{answers[0].json()['id']}"
    await ask("PATCH", url, {**TEXTS, "title": f"{CANARY} again"}, by=admin)
    await ask("POST", f"{url}/rsvp", {"status": "going", "comment": CANARY})
    await ask("GET", f"/?q={CANARY}")
    await ask("GET", url)
    await ask("GET", f"{url}/ics")
    await ask("GET", f"/internal/dsar/users/{anna.user}/export")
    # What is refused, in every layer.
    await ask("GET", f"/?{CANARY}={CANARY}")
    await ask("GET", f"/?cursor={CANARY}")
    await ask("GET", f"/{CANARY}/{quote(CANARY)}")
    await ask("POST", "/", {**event, "title": CANARY * 100}, by=admin)
    await ask("POST", "/", {**event, "timeZone": CANARY}, by=admin)
    await ask("POST", "/", {**event, "startsAt": CANARY}, by=admin)
    await ask("POST", "/", f'{{"title": "{CANARY}'.encode(), by=admin)
    await ask("POST", "/", {**event, "title": "Other"}, by=admin, keyed=True)
    await ask("POST", "/", event)
    await ask("PATCH", url, {"title": CANARY, "expectedVersion": 1}, by=admin)
    # What fails: the neighbours, then the database.
    stranger = Person(anna.tenant, uuid4(), json.dumps({"membership_status": CANARY}))
    neighbours.access.always(say(500, CANARY.encode()))
    await ask("GET", "/", by=stranger)
    neighbours.access.always(half)
    await ask("POST", "/", event, by=stranger)
    neighbours.behave()
    locked = await asyncpg.connect(place.superuser)
    try:
        async with locked.transaction():
            await locked.execute("LOCK TABLE events.event IN ACCESS EXCLUSIVE MODE")
            await ask("POST", "/", {**event, "title": f"{CANARY} locked"}, by=admin)
            await ask("GET", f"{url}?x={CANARY}")
    finally:
        await locked.close()
    return answers


async def test_every_request_is_named_and_nothing_that_was_written(
    service: Service, caller: Caller, place: Place, neighbours: Neighbours
) -> None:
    anna = Person()
    answers = await talk(caller, place, neighbours, anna)
    ended = {answer.status_code for answer in answers}
    assert {200, 201, 400, 403, 404, 412, 422, 503} == ended
    for answer in answers:
        request_id = answer.headers["x-request-id"]
        service.await_line(re.compile(rf'"event":"request".*{re.escape(request_id)}'))
        lines = [r for r in service.records if r.get("request_id") == request_id]
        [line] = [one for one in lines if one["event"] == "request"]
        assert line["status"] == answer.status_code
        assert line["operation"] != "unknown" or answer.status_code == 404
        signed_context = (str(answer.request.headers["x-tenant-id"]),)
        for one in lines:
            known = one["tenant"] is not None
            assert known or answer.status_code == 404
            if known:
                assert (one["tenant"],) == signed_context
                assert one["user"] == answer.request.headers["x-user-id"]
    check_silence(service)


async def test_a_fault_of_ours_is_told_by_its_place_alone(
    service: Service, caller: Caller, place: Place
) -> None:
    anna = Person()
    event = await caller.create(by=anna)
    await place.rows(
        "ALTER TABLE events.rsvp"
        " ADD CONSTRAINT planted CHECK (comment IS NULL) NOT VALID"
    )
    body = {"status": "going", "comment": CANARY}
    answer = await caller.ask("POST", f"/{event['id']}/rsvp", body, by=anna)
    await place.rows("ALTER TABLE events.rsvp DROP CONSTRAINT planted")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "INTERNAL_ERROR"
    for inner in (CANARY, "planted", "Traceback", ".py"):
        assert inner not in answer.text
    service.await_line(re.compile('"status":500'))
    [told] = [r for r in service.records if r["event"] == "unexpected error"]
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["exception"][0]["type"].endswith("DatabaseFault")
    check_silence(service)


async def test_who_is_refused_at_the_door_leaves_no_text_either(
    service: Service, caller: Caller
) -> None:
    url = "/api/v1/events"
    body = json.dumps(TEXTS).encode()
    forged = signed("POST", url, body, secret=b"x" * 40)
    attempts: list[dict[str, str]] = [
        {},
        {"Authorization": f"Bearer {CANARY}"},
        {**forged, **HEADERS},
        {**forged, "X-Tenant-Id": CANARY},
        {**forged, "X-Updspace-Timestamp": CANARY},
        {**forged, "X-Updspace-Signature": CANARY},
        {**forged, "X-Master-Flags": CANARY},
    ]
    for headers in attempts:
        answer = await caller.client.post(url, content=body, headers=headers)
        assert answer.status_code in {400, 401}
    answer = await caller.client.get(f"/{CANARY}?{CANARY}", headers={"A": CANARY})
    assert answer.status_code == 404
    answer = await caller.client.get(
        "/metrics",
        headers={"Authorization": f"Bearer {CANARY}", "X-Forwarded-For": CANARY},
    )
    assert answer.status_code == 401
    service.await_line(re.compile(r'"operation":"metrics","status":401'))
    check_silence(service)


async def test_a_captured_signature_is_told_of_without_itself(
    service: Service, caller: Caller
) -> None:
    anna, boris = Person(), Person()
    url = "/api/v1/events/me"

    told = signed(
        "GET",
        url,
        tenant=str(anna.tenant),
        user=str(anna.user),
        timestamp=int(time.time()),
    )
    first = await caller.client.get(url, headers=told)
    assert first.status_code == 200
    second = await caller.client.get(
        url, headers={**told, "X-User-Id": str(boris.user)}
    )
    assert second.status_code == 401
    service.await_line(re.compile("captured signature refused"))
    assert told["X-Updspace-Signature"] not in service.log
    check_silence(service)


def check_silence(service: Service) -> None:
    """Check that the log quotes neither what was written nor a secret."""
    assert CANARY.lower() not in service.log.lower()
    assert SECRET.decode() not in service.log
    assert "Traceback" not in service.log
    loud = [line for line in service.log.splitlines() if not line.startswith("{")]
    assert all(line.startswith("events-core: ") for line in loud)
