import copy
import gc
import inspect
import pickle
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest

from adapters.http import errors as http_errors
from adapters.http.edge.outermost import known
from adapters.http.edge.visit import accepts_problems
from adapters.http.errors import (
    STATUS,
    EdgeError,
    Known,
    Malformed,
    answer_to,
    status_of,
)
from adapters.http.spelling import camel_case, snake_case
from events_core import errors
from tests.unit.adapters.http.edge.toy import EVENT, EVENTS, Service, check_envelope

#: What each leaf of the tree is in HTTP, as the contract says.
CONTRACT = {
    "VALIDATION_ERROR": 422,
    "INVALID_TIME_RANGE": 400,
    "NO_UPDATES": 400,
    "VISIBILITY_NEEDS_SCOPE": 422,
    "NOT_FOUND": 404,
    "VERSION_NOT_FOUND": 404,
    "FACTS_GONE": 410,
    "FORBIDDEN": 403,
    "ALREADY_EXISTS": 409,
    "ATTENDANCE_CLOSED": 409,
    "CONCURRENT_CHANGE": 409,
    "LAST_OWNER": 409,
    "MERGE_CONFLICT": 409,
    "NOT_CONFIRMED": 409,
    "PARTY_TOO_LARGE": 422,
    "ILLEGAL_TRANSITION": 409,
    "CAPACITY_FULL": 409,
    "CAPACITY_TOO_LOW": 409,
    "NOT_WAITING": 409,
    "RSVP_CLOSED": 409,
    "TOO_MANY_SUBSCRIPTIONS": 409,
    "VERSION_MISMATCH": 412,
    "ACCESS_UNAVAILABLE": 503,
    "MEMBERSHIP_UNAVAILABLE": 503,
    "PASSES_UNAVAILABLE": 503,
    "DATABASE_UNAVAILABLE": 503,
}

VALUES: dict[str, Any] = {
    "fields": {"starts_at": ("must be a time", "must be later")},
    "visibility": "team",
    "scope_kind": "TENANT",
    "event_id": UUID(EVENT),
    "message_id": UUID(EVENT),
    "action": "do this",
    "taken": 23,
    "free": 1,
    "capacity": 20,
    "largest": 3,
    "most": 50,
    "user_id": UUID(EVENT),
    "subscription_id": UUID(EVENT),
    "target": "completed",
    "source": "draft",
    "current": 7,
    "version": 7,
    "what": "event_id",
    "problem": "is wrong",
    "allowed": ("GET",),
    "takes": ("application/json",),
    "limit": 10,
    "name": "startsAt",
    "retry_after": 1.5,
    "failed": ("database",),
}


# attrs makes a class anew, for its slots; the first one lingers until it is collected.
gc.collect()


def leaves(root: type[Exception]) -> list[type[Exception]]:
    below = root.__subclasses__()
    return [leaf for one in below for leaf in leaves(one)] if below else [root]


def made(kind: type[Exception]) -> Known:
    """Return an error of this kind, with made-up values for what it must have."""
    told = inspect.signature(kind).parameters.values()
    error = kind(*(VALUES[p.name] for p in told if p.default is p.empty))
    assert isinstance(error, Known)
    return error


@pytest.mark.parametrize("kind", leaves(errors.EventsError))
def test_every_error_of_the_core_has_the_status_of_the_contract(
    kind: type[Exception],
) -> None:
    error = made(kind)
    answer = answer_to(error, request_id="r")
    assert status_of(error) == CONTRACT[error.code]
    assert orjson.loads(answer.body)["error"]["code"] == error.code


def test_the_contract_names_no_error_that_is_not_there() -> None:
    assert {made(kind).code for kind in leaves(errors.EventsError)} == set(CONTRACT)


def test_a_new_group_of_errors_needs_a_line_in_the_table() -> None:
    class Weather(errors.EventsError):
        code = "WEATHER"

    assert set(errors.EventsError.__subclasses__()) - {Weather} <= set(STATUS)
    with pytest.raises(LookupError, match="Weather"):
        status_of(Weather())


@pytest.mark.parametrize("kind", leaves(EdgeError))
def test_every_error_of_the_edge_can_be_told_and_survives_a_copy(
    kind: type[Exception],
) -> None:
    error = made(kind)
    told = orjson.loads(answer_to(error, request_id="r").body)
    assert told["status"] == status_of(error) >= 400
    assert told["error"]["message"]
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(again), str(again), again.code) == (kind, str(error), error.code)


def test_every_code_of_the_edge_is_one_error() -> None:
    codes = [made(kind).code for kind in leaves(EdgeError)]
    assert len(codes) == len(set(codes))


async def test_broken_fields_are_named_in_camel_case(service: Service) -> None:
    service.toy.fail = lambda: errors.InvalidFields(
        {"starts_at": ("a", "b"), "location_geo.lat": ("c",), "title": ("d",)}
    )
    details = check_envelope(
        await service.call("POST", EVENTS, {}), 422, "VALIDATION_ERROR"
    )
    assert details == {
        "fields": {"startsAt": ["a", "b"], "locationGeo.lat": ["c"], "title": ["d"]}
    }


async def test_what_the_contract_refuses_reaches_no_handler(service: Service) -> None:
    answer = await service.call("POST", EVENTS, {"title": ""})
    check_envelope(answer, 422, "VALIDATION_ERROR")
    check_envelope(await service.call("POST", EVENTS, b"{"), 400, "INVALID_JSON")
    assert service.toy.calls == []


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (
            errors.VersionMismatch(7, ("starts_at",)),
            {"currentVersion": 7, "changedFields": ["startsAt"]},
        ),
        (
            errors.MergeConflict(7, {"location_text": ("Here", None)}),
            {
                "currentVersion": 7,
                "fields": {"locationText": {"current": "Here", "yours": None}},
            },
        ),
        (
            errors.VisibilityNeedsScope("team", "TENANT"),
            {"visibility": "team", "scopeType": "TENANT"},
        ),
        (
            errors.RsvpClosed(
                datetime(2027, 3, 21, 20, tzinfo=ZoneInfo("Europe/Riga"))
            ),
            {"closedAt": "2027-03-21T18:00:00Z"},
        ),
        (errors.RsvpClosed(), {}),
        (errors.AccessUnavailable(), {"retryAfterSeconds": 1}),
        (errors.StoreUnavailable(0.2), {"retryAfterSeconds": 1}),
        (http_errors.RateLimited(2.1), {"retryAfterSeconds": 3}),
    ],
)
def test_details_are_for_programs(error: Known, details: dict[str, Any]) -> None:
    answer = answer_to(error, request_id="r")
    assert orjson.loads(answer.body)["error"]["details"] == details
    wait = details.get("retryAfterSeconds")
    assert dict(answer.headers).get("Retry-After") == (str(wait) if wait else None)


async def test_what_nobody_foresaw_tells_the_caller_nothing(service: Service) -> None:
    service.toy.fail = lambda: RuntimeError("the password is hunter2")
    answer = await service.call("POST", EVENTS, {})
    check_envelope(answer, 500, "INTERNAL_ERROR")
    assert "hunter2" not in answer.text


def test_a_group_of_known_errors_is_known_by_the_gravest() -> None:
    group = ExceptionGroup(
        "", [errors.NoUpdates(), ExceptionGroup("", [errors.AccessUnavailable()])]
    )
    assert isinstance(known(group), errors.AccessUnavailable)
    assert known(ExceptionGroup("", [errors.NoUpdates(), ValueError()])) is None


@pytest.mark.parametrize(
    ("accept", "problem"),
    [
        ("application/problem+json", True),
        ("text/html, Application/Problem+JSON;q=0.5", True),
        ("application/problem+json;q=0", False),
        ("application/problem+json; q=0.000", False),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        (";,;q=,", False),
    ],
)
async def test_problem_json_is_for_those_who_ask_for_it(
    service: Service,
    accept: str,
    problem: bool,  # noqa: FBT001
) -> None:
    assert accepts_problems(accept.encode()) is problem
    answer = await service.send("GET", "/nothing", headers={"Accept": accept})
    expected = "application/problem+json" if problem else "application/json"
    assert answer.headers["content-type"] == expected
    check_envelope(answer, 404, "NOT_FOUND")


def test_names_are_spelled_either_way() -> None:
    for snake, camel in {
        "starts_at": "startsAt",
        "title": "title",
        "a_1": "a1",
        "recurrence.by_day": "recurrence.byDay",
    }.items():
        assert camel_case(snake) == camel_case(camel) == camel
    assert snake_case("locationGeo") == "location_geo"


def test_what_cannot_be_read_is_called_by_its_name() -> None:
    names = {"from": "FROM", "eventId": "EVENT_ID", "If-Match": "IF_MATCH"}
    for name, code in names.items():
        assert Malformed(name, "is wrong").code == f"INVALID_{code}"
