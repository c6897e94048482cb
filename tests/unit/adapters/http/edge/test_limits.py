import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.http.settings import Limits
from tests.unit.adapters.http.edge.toy import (
    EVENTS,
    Service,
    check_envelope,
    limited,
    signed,
)


async def chunks(*sizes: int) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


async def test_a_body_of_exactly_the_limit_is_read() -> None:
    service = Service(settings=limited(Limits(body=100)))
    body = b'{"a":"' + b"x" * 92 + b'"}'
    assert (await service.call("POST", EVENTS, body)).status_code == 201


async def test_a_body_announced_too_long_is_refused_unread() -> None:
    service = Service(settings=limited(Limits(body=100)))
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"x" * 101

    headers = {**signed("POST", EVENTS), "Content-Length": "101"}
    answer = await service.send("POST", EVENTS, headers=headers, content=body())
    details = check_envelope(answer, 413, "BODY_TOO_LARGE")
    assert details == {"limit": 100}
    assert answer.headers["connection"] == "close"
    assert read == []


async def test_a_body_that_grows_too_long_is_read_no_further() -> None:
    service = Service(settings=limited(Limits(body=100)))
    given = []

    async def body() -> AsyncIterator[bytes]:
        for _ in range(1000):
            given.append(101)
            yield b"x" * 101

    answer = await service.send(
        "POST", EVENTS, headers=signed("POST", EVENTS), content=body()
    )
    check_envelope(answer, 413, "BODY_TOO_LARGE")
    assert answer.headers["connection"] == "close"
    assert sum(given) == 101


@pytest.mark.parametrize("length", ["-1", "1e9", "x", "٣", "9" * 5000, ""])
async def test_an_odd_length_is_not_believed(service: Service, length: str) -> None:
    headers = {**signed("POST", EVENTS), "Content-Length": length}
    answer = await service.send("POST", EVENTS, headers=headers, content=chunks(1, 1))
    check_envelope(answer, 401, "UNAUTHORIZED")


async def test_a_body_is_not_read_for_who_has_no_signature(service: Service) -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"x"

    answer = await service.send("POST", EVENTS, content=body())
    check_envelope(answer, 400, "MISSING_REQUEST_ID")
    assert answer.headers["connection"] == "close"
    assert read == []


async def test_an_operation_may_take_longer_bodies_of_another_kind() -> None:
    service = Service(settings=limited(Limits(body=100)))
    url, calendar = f"{EVENTS}/imports", b"1" * 200
    answer = await service.send(
        "POST",
        url,
        headers={**signed("POST", url, calendar), "Content-Type": "text/calendar"},
        content=calendar,
    )
    assert answer.status_code == 201
    answer = await service.call("POST", url, {})
    details = check_envelope(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert details == {"takes": ["text/calendar"]}


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON ; charset=utf-8", 201),
        ("application/merge-patch+json", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
async def test_a_body_is_json_or_refused(
    service: Service, media_type: str, status: int
) -> None:
    headers = {**signed("POST", EVENTS, b"{}"), "Content-Type": media_type}
    answer = await service.send("POST", EVENTS, headers=headers, content=b"{}")
    assert answer.status_code == status
    headers = {**signed("POST", EVENTS), "Content-Type": media_type}
    answer = await service.send("POST", EVENTS, headers=headers)
    assert answer.status_code == 201


async def test_a_body_without_a_type_is_taken_for_json(service: Service) -> None:
    headers = signed("POST", EVENTS, b"{}")
    answer = await service.send("POST", EVENTS, headers=headers, content=b"{}")
    assert answer.status_code == 201


@pytest.mark.parametrize("path", [EVENTS, "/health", "/nothing"])
async def test_addresses_and_heads_have_an_end_everywhere(
    service: Service, path: str
) -> None:
    answer = await service.send("GET", path + "?q=" + "x" * 8192)
    check_envelope(answer, 414, "URI_TOO_LONG")
    many = [(b"x-filler", b"1")] * 101
    answer = await service.send("GET", path, headers=many)
    check_envelope(answer, 431, "HEADERS_TOO_LARGE")
    answer = await service.send("GET", path, headers=[(b"x-long", b"x" * 33_000)])
    check_envelope(answer, 431, "HEADERS_TOO_LARGE")


async def test_no_more_are_served_at_once_than_may_be() -> None:
    service = Service(settings=limited(Limits(in_flight=0)))
    answer = await service.call("GET", EVENTS)
    check_envelope(answer, 503, "OVERLOADED")
    assert answer.headers["retry-after"] == "1"
    assert (await service.send("GET", "/health")).status_code == 200


async def test_those_who_were_served_make_room() -> None:
    service = Service(settings=limited(Limits(in_flight=1)))
    for _ in range(3):
        assert (await service.call("GET", EVENTS)).status_code == 200
        check_envelope(await service.send("GET", EVENTS), 400, "MISSING_REQUEST_ID")


async def test_changes_wait_their_turn_and_readers_do_not() -> None:
    service = Service(settings=limited(Limits(changes=1)))
    service.toy.gate = asyncio.Event()
    first = asyncio.create_task(service.call("POST", EVENTS, {"n": 1}))
    await service.toy.started.wait()
    second = asyncio.create_task(service.call("POST", EVENTS, {"n": 2}))
    assert (await service.call("GET", EVENTS)).status_code == 200
    assert [call.body for call in service.toy.calls] == [{"n": 1}, None]
    service.toy.gate.set()
    assert (await first).status_code == (await second).status_code == 201


async def test_a_turn_that_does_not_come_is_told_and_costs_nobody_hers() -> None:
    service = Service(settings=limited(Limits(changes=1, turn=0.01)))
    service.toy.gate = asyncio.Event()
    first = asyncio.create_task(service.call("POST", EVENTS, {"n": 1}))
    await service.toy.started.wait()
    answer = await service.call("POST", EVENTS, {"n": 2})
    check_envelope(answer, 503, "OVERLOADED")
    service.toy.gate.set()
    assert (await first).status_code == 201
    assert (await service.call("POST", EVENTS, {"n": 3})).status_code == 201
    assert len(service.toy.made) == 2


async def test_the_time_for_a_change_begins_with_its_turn() -> None:
    limits = Limits(changes=1, deadline=0.3)
    service = Service(settings=limited(limits))
    bodies = [{"n": number, "sleep": 0.2} for number in range(3)]
    answers = await asyncio.gather(
        *(service.call("POST", EVENTS, body) for body in bodies)
    )
    assert {answer.status_code for answer in answers} == {201}
