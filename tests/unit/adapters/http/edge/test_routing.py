import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.edge.routing import FIXED_NAMES, RouteTable
from adapters.http.errors import MethodNotAllowed, RouteNotFound
from adapters.http.handling import Operation
from tests.unit.adapters.http.edge.toy import (
    EVENT,
    EVENTS,
    USER,
    Service,
    Toy,
    check_envelope,
)

TAILS = {
    ("GET", "", "listEvents"),
    ("POST", "", "createEvent"),
    ("GET", f"/{EVENT}", "getEvent"),
    ("GET", f"/{EVENT.upper()}", "getEvent"),
    ("POST", f"/{EVENT}/rsvp", "setRsvp"),
    ("GET", f"/{EVENT}/history/12", "getVersion"),
    ("PUT", f"/{EVENT}/roles/{USER}", "giveRole"),
    ("PUT", f"/{EVENT}/roles/team/{USER}", "giveGroupRole"),
    ("POST", "/batch", "createEvents"),
    ("GET", "/me", "getMe"),
    ("GET", f"/internal/dsar/users/{USER}/export", "exportPerson"),
}


@pytest.mark.parametrize(
    "place", ["/api/v1{}", "/api/v1{}/", "/api/v1/events{}", "/api/v1/events{}/"]
)
@pytest.mark.parametrize(("method", "tail", "operation"), sorted(TAILS))
async def test_every_route_answers_under_both_prefixes_and_slashes(
    service: Service, place: str, method: str, tail: str, operation: str
) -> None:
    answer = await service.call(method, place.format(tail))
    assert answer.status_code in {200, 201}
    assert service.toy.calls[0].operation_id == operation


async def test_the_path_has_its_parameters(service: Service) -> None:
    await service.call("PUT", f"/api/v1/{EVENT}/roles/team/{USER}")
    params = {"event_id": EVENT, "kind": "team", "group_id": USER}
    assert service.toy.calls[0].path_params == params


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/favicon.ico",
        "/api",
        "/api/v1x",
        "/api/v2/events",
        "/api/v1/events//",
        "/api/v1//events",
        f"/api/v1/events/{EVENT}/nothing",
        f"/api/v1/events/{EVENT}//rsvp",
        f"/api/v1/events/events/{EVENT}",
        "/api/v1/events/%ff",
        "/api/v1/events/../../health",
        *(
            f"{EVENTS}/{name}"
            for name in sorted(FIXED_NAMES - {"batch", "me", "imports"})
        ),
    ],
)
async def test_an_unknown_path_is_not_found_and_needs_no_signature(
    service: Service, path: str
) -> None:
    check_envelope(await service.send("GET", path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", EVENTS, "GET, HEAD, POST"),
        ("OPTIONS", EVENTS, "GET, HEAD, POST"),
        ("GET", f"{EVENTS}/batch", "POST"),
        ("HEAD", f"{EVENTS}/batch", "POST"),
        ("PUT", f"/api/v1/{EVENT}/", "DELETE, GET, HEAD, PATCH"),
        ("POST", f"/api/v1/{EVENT}/", "DELETE, GET, HEAD, PATCH"),
        ("BREW", f"{EVENTS}/me", "GET, HEAD"),
        ("POST", "/health", "GET, HEAD"),
        ("DELETE", "/metrics/prometheus/", "GET, HEAD"),
    ],
)
async def test_an_unknown_method_is_told_which_are_known(
    service: Service, method: str, path: str, allowed: str
) -> None:
    answer = await service.send(method, path)
    if method == "HEAD":
        assert (answer.status_code, answer.content) == (405, b"")
    else:
        details = check_envelope(answer, 405, "METHOD_NOT_ALLOWED")
        assert details == {"allowed": allowed.split(", ")}
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", f"{EVENTS}/7", "INVALID_EVENT_ID"),
        ("GET", f"/api/v1/{EVENT}0", "INVALID_EVENT_ID"),
        ("GET", f"{EVENTS}/{{{EVENT}}}", "INVALID_EVENT_ID"),
        ("GET", f"{EVENTS}/{EVENT}%2Frsvp", "INVALID_EVENT_ID"),
        ("GET", f"{EVENTS}/%00%0d%0a", "INVALID_EVENT_ID"),
        ("GET", f"{EVENTS}/{EVENT}/history/first", "INVALID_VERSION"),
        ("GET", f"{EVENTS}/{EVENT}/history/٣", "INVALID_VERSION"),
        ("GET", "/api/v1/internal/dsar/users/me2/export", "INVALID_USER_ID"),
    ],
)
async def test_what_is_no_id_is_told_so_to_those_who_signed(
    service: Service, method: str, path: str, code: str
) -> None:
    check_envelope(await service.send(method, path), 400, "MISSING_REQUEST_ID")
    check_envelope(await service.call(method, path), 400, code)
    assert service.toy.calls == []


async def test_head_is_answered_like_get_without_a_body(service: Service) -> None:
    got = await service.call("GET", EVENTS)
    head = await service.call("HEAD", EVENTS)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["content-type"] == "application/json"


def test_two_operations_cannot_have_one_path() -> None:
    first = Operation("GET", "/events/{event_id}", "a", Toy().look)
    second = Operation("GET", "/{id}", "b", Toy().look)
    with pytest.raises(ValueError, match="twice"):
        RouteTable([first, second])


def test_a_parameter_is_a_whole_segment() -> None:
    with pytest.raises(ValueError, match="parameter"):
        RouteTable([Operation("GET", "/feeds/{token}.ics", "a", Toy().look)])


@given(st.binary(max_size=80) | st.text("/.%20abé", max_size=40).map(str.encode))
def test_any_path_is_known_or_not(path: bytes) -> None:
    table = RouteTable(Toy().operations())
    for whole in (path, b"/api/v1/" + path, b"/api/v1/events/" + path):
        try:
            table.find("GET", whole)
        except (RouteNotFound, MethodNotAllowed):
            continue
