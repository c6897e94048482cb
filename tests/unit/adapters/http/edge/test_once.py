import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID

import pytest
from attrs import define, field

from adapters.http.handling import Answer
from adapters.http.settings import Limits
from events_core import errors
from events_core.ports.repeats import KeptAnswer, RepeatKey
from events_core.testing.repeats import MemoryRepeats
from tests.unit.adapters.http.edge.toy import (
    EVENT,
    EVENTS,
    NOW,
    Service,
    check_envelope,
    limited,
)

OTHER = "7b0d3c1e-0000-7000-8000-0000000000bb"
AT = int(NOW.timestamp())


async def later(service: Service, seconds: float) -> int:
    service.clock.time += timedelta(seconds=seconds)
    return int(service.clock.time.timestamp())


async def test_the_same_request_again_is_not_done_again(service: Service) -> None:
    first = await service.call("POST", EVENTS, {"title": "a"}, request_id="r")
    await later(service, 590)
    again = await service.call("POST", EVENTS, {"title": "a"}, request_id="r")
    assert len(service.toy.made) == 1
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_spelled_under_another_prefix_it_is_still_the_same(
    service: Service,
) -> None:
    await service.call("POST", EVENTS, {"title": "a"}, request_id="r")
    await service.call("POST", "/api/v1/", {"title": "a"}, request_id="r")
    assert len(service.toy.made) == 1


async def test_an_answer_without_a_body_is_repeated_too(service: Service) -> None:
    for replayed in (None, "true"):
        answer = await service.call("DELETE", f"{EVENTS}/{EVENT}", request_id="r")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers.get("idempotency-replayed") == replayed
        assert "content-type" not in answer.headers
    assert len(service.toy.calls) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"request_id": "s"},
        {"body": {"title": "b"}},
        {"url": f"{EVENTS}/batch"},
        {"url": f"{EVENTS}/{EVENT}", "method": "PATCH"},
        {"user": OTHER, "timestamp": AT + 1},
        {"tenant": OTHER, "timestamp": AT + 1},
        {"url": f"{EVENTS}?x=1", "timestamp": AT + 1},
    ],
)
async def test_another_request_is_done(service: Service, other: dict[str, Any]) -> None:
    asked: dict[str, Any] = {
        "method": "POST",
        "url": EVENTS,
        "body": {"title": "a"},
        "request_id": "r",
    }
    await service.call(**asked)
    answer = await service.call(**{**asked, **other})
    assert answer.status_code == 201
    assert len(service.toy.made) == 2


async def test_after_ten_minutes_it_is_another_request(service: Service) -> None:
    await service.call("POST", EVENTS, {"title": "a"}, request_id="r")
    await later(service, 601)
    await service.call("POST", EVENTS, {"title": "a"}, request_id="r")
    assert len(service.toy.made) == 2


async def test_reading_is_never_a_repeat(service: Service) -> None:
    for _ in range(2):
        answer = await service.call("GET", EVENTS, request_id="r")
        assert "idempotency-replayed" not in answer.headers
    assert len(service.toy.calls) == 2


def by_header(key: str) -> dict[str, Any]:
    return {"body": {"title": "a"}, "headers": {"Idempotency-Key": key}}


def by_body(key: str) -> dict[str, Any]:
    return {"body": {"title": "a", "idempotencyKey": key}}


@pytest.mark.parametrize("keyed", [by_header, by_body])
async def test_a_key_makes_requests_one_for_a_day(
    service: Service, keyed: Callable[[str], dict[str, Any]]
) -> None:
    first = await service.call("POST", EVENTS, **keyed("k"))
    await later(service, 23 * 3600)
    again = await service.call("POST", EVENTS, **keyed("k"))
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    await service.call("POST", EVENTS, **keyed("l"))
    assert len(service.toy.made) == 2
    await later(service, 2 * 3600)
    await service.call("POST", EVENTS, **keyed("k"))
    assert len(service.toy.made) == 3


@pytest.mark.parametrize(
    ("url", "body"), [(EVENTS, {"title": "b"}), (f"{EVENTS}/batch", {"title": "a"})]
)
async def test_a_key_cannot_be_used_for_another_request(
    service: Service, url: str, body: dict[str, object]
) -> None:
    key = {"Idempotency-Key": "k"}
    await service.call("POST", EVENTS, {"title": "a"}, headers=key)
    answer = await service.call("POST", url, body, headers=key)
    check_envelope(answer, 422, "IDEMPOTENCY_KEY_REUSED")
    assert len(service.toy.made) == 1


async def test_a_key_means_nothing_on_what_is_no_post(service: Service) -> None:
    for title in ("a", "b"):
        answer = await service.call(
            "PATCH",
            f"{EVENTS}/{EVENT}",
            {"title": title},
            headers={"Idempotency-Key": "k"},
        )
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("body", "key"),
    [({}, ""), ({}, "k" * 256), ({"idempotencyKey": "a"}, "b")],
)
async def test_a_key_that_is_none_is_refused(
    service: Service, body: dict[str, object], key: str
) -> None:
    answer = await service.call("POST", EVENTS, body, headers={"Idempotency-Key": key})
    check_envelope(answer, 400, "INVALID_IDEMPOTENCY_KEY")
    assert service.toy.made == []


@pytest.mark.parametrize(
    ("fail", "status"),
    [
        (errors.ConcurrentChange, 409),
        (errors.StoreUnavailable, 503),
        (lambda: RuntimeError("a secret text"), 500),
    ],
)
async def test_what_went_wrong_is_not_kept_and_can_be_tried_again_at_once(
    service: Service, fail: Callable[[], Exception], status: int
) -> None:
    service.toy.fail = fail
    answer = await service.call("POST", EVENTS, {}, request_id="r")
    assert answer.status_code == status
    service.toy.fail = None
    answer = await service.call("POST", EVENTS, {}, request_id="r")
    assert answer.status_code == 201
    assert service.toy.made == [service.toy.calls[0].seed]


async def test_an_answer_that_is_no_success_is_not_kept(service: Service) -> None:
    service.toy.answer = Answer(304)
    await service.call("POST", EVENTS, {}, request_id="r")
    service.toy.answer = None
    assert (await service.call("POST", EVENTS, {}, request_id="r")).status_code == 201


async def test_an_answer_too_long_to_keep_is_not_kept() -> None:
    service = Service(settings=limited(Limits(kept_answer=10)))
    for _ in range(2):
        answer = await service.call("POST", EVENTS, {}, request_id="r")
        assert "idempotency-replayed" not in answer.headers
    first, second = service.toy.made
    assert first == second


async def test_who_may_no_longer_do_it_gets_no_kept_answer(service: Service) -> None:
    await service.call("POST", EVENTS, {}, request_id="r")
    service.toy.allowed = False
    answer = await service.call("POST", EVENTS, {}, request_id="r")
    check_envelope(answer, 403, "FORBIDDEN")


async def test_what_comes_meanwhile_waits_for_the_first(service: Service) -> None:
    service.toy.gate = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(service.call("POST", EVENTS, {}, request_id="r"))
            for _ in range(5)
        ]
        await service.toy.started.wait()
        await asyncio.sleep(0.1)
        service.toy.gate.set()
    answers = [task.result() for task in asked]
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 4
    assert len(service.toy.made) == 1


async def test_who_has_waited_long_enough_is_told_to_come_again() -> None:
    service = Service(settings=limited(Limits(patience=0.3, deadline=0.1)))
    service.toy.gate = asyncio.Event()
    first = asyncio.create_task(
        Service(
            toy=service.toy,
            repeats=service.repeats,
            settings=limited(Limits(deadline=5.0)),
        ).call("POST", EVENTS, {}, request_id="r")
    )
    await service.toy.started.wait()
    answer = await service.call("POST", EVENTS, {}, request_id="r")
    check_envelope(answer, 409, "IDEMPOTENCY_IN_PROGRESS")
    assert answer.headers["retry-after"] == "1"
    service.toy.gate.set()
    assert (await first).status_code == 201


async def test_what_takes_too_long_is_given_up_and_given_back() -> None:
    service = Service(settings=limited(Limits(deadline=0.1)))
    service.toy.gate = asyncio.Event()
    answer = await service.call("POST", EVENTS, {}, request_id="r")
    check_envelope(answer, 503, "DEADLINE_EXCEEDED")
    assert answer.headers["retry-after"] == "1"
    service.toy.gate.set()
    assert (await service.call("POST", EVENTS, {}, request_id="r")).status_code == 201
    assert service.toy.made == [service.toy.calls[0].seed]


async def test_a_cancelled_request_locks_nobody_out(service: Service) -> None:
    service.toy.gate = asyncio.Event()
    task = asyncio.create_task(service.call("POST", EVENTS, {}, request_id="r"))
    await service.toy.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    service.toy.gate.set()
    assert (await service.call("POST", EVENTS, {}, request_id="r")).status_code == 201
    assert service.toy.made == [service.toy.calls[0].seed]


@define
class TroubledRepeats(MemoryRepeats):
    """Repeats whose store breaks down, or gets slow, after the claim."""

    slow: float | None = None
    kept: list[RepeatKey] = field(factory=list)

    async def keep(self, key: RepeatKey, answer: KeptAnswer) -> None:
        if self.slow is None:
            raise errors.StoreUnavailable
        await asyncio.sleep(self.slow)
        self.kept.append(key)


@pytest.mark.parametrize("slow", [None, 1.0])
async def test_trouble_with_keeping_does_not_take_the_answer_away(
    slow: float | None,
) -> None:
    service = Service(repeats=TroubledRepeats(slow=slow))
    began = asyncio.get_running_loop().time()
    assert (await service.call("POST", EVENTS, {})).status_code == 201
    assert asyncio.get_running_loop().time() - began < 0.9


@define
class DeadRepeats(MemoryRepeats):
    async def claim(
        self,
        key: RepeatKey,
        fingerprint: bytes,
        *,
        seed: UUID,
        now: datetime,
        keep_for: timedelta,
    ) -> NoReturn:
        raise errors.StoreUnavailable(2.5)


async def test_nothing_is_done_where_no_claim_can_be_made() -> None:
    service = Service(repeats=DeadRepeats())
    answer = await service.call("POST", EVENTS, {})
    details = check_envelope(answer, 503, "DATABASE_UNAVAILABLE")
    assert details == {"retryAfterSeconds": 3}
    assert answer.headers["retry-after"] == "3"
    assert service.toy.calls == []
