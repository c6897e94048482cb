from datetime import datetime

import pytest

from adapters.http.settings import Limits
from events_core import errors
from events_core.domain.actors import Actor
from events_core.testing.repeats import MemorySignatures
from tests.unit.adapters.http.edge.toy import (
    EVENTS,
    TENANT,
    USER,
    Service,
    check_envelope,
    limited,
    signed,
)

OTHER = "7b0d3c1e-0000-7000-8000-0000000000bb"
SPOILT = [
    {"X-Tenant-Id": OTHER},
    {"X-Tenant-Slug": "other"},
    {"X-User-Id": OTHER},
    {"X-Master-Flags": '{"system_admin":true}'},
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("other", SPOILT)
async def test_a_captured_signature_serves_nobody_else(
    service: Service, method: str, other: dict[str, str]
) -> None:
    headers = signed(method, EVENTS)
    assert (await service.send(method, EVENTS, headers=headers)).status_code < 300
    answer = await service.send(method, EVENTS, headers={**headers, **other})
    check_envelope(answer, 401, "UNAUTHORIZED")
    assert (await service.send(method, EVENTS, headers=headers)).status_code < 300


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nor_does_it_serve_another_query(service: Service, method: str) -> None:
    headers = signed(method, EVENTS)
    await service.send(method, f"{EVENTS}?limit=1", headers=headers)
    answer = await service.send(method, f"{EVENTS}?limit=2", headers=headers)
    check_envelope(answer, 401, "UNAUTHORIZED")


@pytest.mark.parametrize(("method", "shared"), [("POST", True), ("GET", False)])
async def test_processes_share_what_they_know_of_changes(
    method: str,
    shared: bool,  # noqa: FBT001
) -> None:
    signatures = MemorySignatures()
    one, two = Service(signatures=signatures), Service(signatures=signatures)
    headers = signed(method, EVENTS)
    await one.send(method, EVENTS, headers=headers)
    answer = await two.send(method, EVENTS, headers={**headers, "X-User-Id": OTHER})
    assert (answer.status_code == 401) is shared


async def test_a_process_remembers_so_many_and_no_more() -> None:
    service = Service(settings=limited(Limits(captures=2)))
    first, *rest = (signed("GET", EVENTS) for _ in range(3))
    for headers in (first, *rest):
        await service.send("GET", EVENTS, headers=headers)
    answer = await service.send("GET", EVENTS, headers={**rest[-1], "X-User-Id": OTHER})
    check_envelope(answer, 401, "UNAUTHORIZED")
    answer = await service.send("GET", EVENTS, headers={**first, "X-User-Id": OTHER})
    assert answer.status_code == 200


async def test_a_context_that_does_not_hold_is_not_remembered(
    service: Service,
) -> None:
    headers = signed("POST", EVENTS)
    await service.send("POST", EVENTS, headers={**headers, "X-User-Id": "x"})
    answer = await service.send("POST", EVENTS, headers=headers)
    assert answer.status_code == 201
    assert service.toy.calls[0].actor.user_id.hex == USER.replace("-", "")
    assert service.toy.calls[0].actor.tenant_id.hex == TENANT.replace("-", "")


@pytest.mark.parametrize(("method", "heard"), [("POST", ["home"]), ("GET", [])])
async def test_who_changes_something_is_heard_of_and_no_forger(
    method: str, heard: list[str]
) -> None:
    slugs: list[str] = []

    async def hear(actor: Actor) -> None:
        slugs.append(actor.tenant_slug)

    service = Service(hear=hear)
    headers = {**signed(method, EVENTS), "X-Tenant-Slug": "home"}
    unsigned = {**headers, "X-Updspace-Signature": "0" * 64}
    renamed = {**headers, "X-Tenant-Slug": "elsewhere"}
    for sent, status in ((unsigned, 401), (headers, None), (renamed, 401)):
        answer = await service.send(method, EVENTS, headers=sent)
        assert status in {None, answer.status_code}
    assert slugs == heard


class DeadSignatures(MemorySignatures):
    async def admit(
        self, signature: bytes, context: bytes, *, now: datetime, until: datetime
    ) -> bool:
        raise errors.StoreUnavailable


async def test_nothing_is_done_where_nobody_can_tell() -> None:
    service = Service(signatures=DeadSignatures())
    answer = await service.call("POST", EVENTS, {})
    check_envelope(answer, 503, "DATABASE_UNAVAILABLE")
    assert service.toy.calls == []
    assert (await service.call("GET", EVENTS)).status_code == 200
