import itertools
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.edge.context import flags_of
from adapters.http.errors import HeadersTooLarge
from events_core.domain.actors import MasterFlags
from tests.unit.adapters.http.edge.toy import (
    EVENT,
    EVENTS,
    NOW,
    OLD_SECRET,
    TENANT,
    USER,
    Service,
    check_envelope,
    signed,
)

Headers = dict[str, str]
AT = int(NOW.timestamp())


def spoilt(headers: Headers, name: str, value: str | None) -> Headers:
    """Return the headers with one changed, or without it."""
    rest = {other: told for other, told in headers.items() if other != name}
    return rest if value is None else {**rest, name: value}


# The table of checks, in its order; within a row any of the faults.
TABLE: list[tuple[int, str, list[tuple[str, str | None]]]] = [
    (
        400,
        "MISSING_REQUEST_ID",
        [("X-Request-Id", None), ("X-Request-Id", "  ")],
    ),
    (
        400,
        "MISSING_TENANT_CONTEXT",
        [
            ("X-Tenant-Id", None),
            ("X-Tenant-Slug", None),
            ("X-Tenant-Slug", ""),
            ("X-Tenant-Id", ""),
        ],
    ),
    (
        400,
        "INVALID_TENANT_ID",
        [
            ("X-Tenant-Id", "home"),
            ("X-Tenant-Id", TENANT + "0"),
            ("X-Tenant-Id", f"{TENANT}, {TENANT}"),
            ("X-Tenant-Id", "٣" * 32),
        ],
    ),
    (
        401,
        "UNAUTHORIZED",
        [
            ("X-Updspace-Timestamp", None),
            ("X-Updspace-Signature", None),
            ("X-Updspace-Timestamp", "soon"),
            ("X-Updspace-Timestamp", "1.5"),
            ("X-Updspace-Timestamp", str(AT - 301)),
            ("X-Updspace-Timestamp", str(AT + 301)),
            ("X-Updspace-Timestamp", str(AT + 1)),
            ("X-Updspace-Signature", "0" * 64),
            ("X-Updspace-Signature", "й" * 64),
        ],
    ),
    (401, "UNAUTHENTICATED", [("X-User-Id", None), ("X-User-Id", " ")]),
    (
        400,
        "INVALID_USER_ID",
        [("X-User-Id", "me"), ("X-User-Id", f"urn:uuid:{USER}")],
    ),
]


@pytest.mark.parametrize(
    ("status", "code", "name", "value"),
    [(status, code, *one) for status, code, faults in TABLE for one in faults],
)
async def test_each_fault_has_its_code(
    service: Service, status: int, code: str, name: str, value: str | None
) -> None:
    headers = spoilt(signed("POST", EVENTS), name, value)
    answer = await service.send("POST", EVENTS, headers=headers)
    check_envelope(answer, status, code)
    assert service.toy.calls == []


@pytest.mark.parametrize("rows", list(itertools.combinations(range(len(TABLE)), 2)))
async def test_of_two_faults_the_one_above_in_the_table_is_told(
    service: Service, rows: tuple[int, int]
) -> None:
    headers = signed("GET", EVENTS)
    for row in reversed(rows):
        headers = spoilt(headers, *TABLE[row][2][0])
    status, code, _ = TABLE[rows[0]]
    check_envelope(await service.send("GET", EVENTS, headers=headers), status, code)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"X-Tenant-Id", "INVALID_TENANT_ID"),
        (b"X-User-Id", "INVALID_USER_ID"),
        (b"X-Request-Id", "UNAUTHORIZED"),
        (b"X-Updspace-Signature", "UNAUTHORIZED"),
    ],
)
async def test_what_came_twice_does_not_hold(
    service: Service, name: bytes, code: str
) -> None:
    raw = [(k.encode(), v.encode()) for k, v in signed("GET", EVENTS).items()]
    raw += [pair for pair in raw if pair[0] == name]
    answer = await service.send("GET", EVENTS, headers=raw)
    check_envelope(answer, 401 if code == "UNAUTHORIZED" else 400, code)


@pytest.mark.parametrize("off", [-300, 0, 300])
async def test_the_window_is_300_seconds_either_way_inclusive(
    service: Service, off: int
) -> None:
    answer = await service.call("GET", EVENTS, timestamp=AT + off)
    assert answer.status_code == 200


async def test_the_handler_hears_who_is_asking(service: Service) -> None:
    await service.call("GET", EVENTS, request_id="r 1/ä", flags='{"suspended":true}')
    actor = service.toy.calls[0].actor
    assert (actor.tenant_id, actor.user_id) == (UUID(TENANT), UUID(USER))
    assert (actor.tenant_slug, actor.request_id) == ("home", "r 1/ä")
    assert actor.flags == MasterFlags(suspended=True)


async def test_two_secrets_count_while_they_rotate(service: Service) -> None:
    assert (await service.call("GET", EVENTS, secret=OLD_SECRET)).status_code == 200
    answer = await service.call(
        "GET", EVENTS, secret=b"another secret of 32 bytes......"
    )
    check_envelope(answer, 401, "UNAUTHORIZED")


async def test_a_changed_body_does_not_hold(service: Service) -> None:
    headers = signed("POST", EVENTS, b'{"title":"a"}')
    answer = await service.send(
        "POST", EVENTS, headers=headers, content=b'{"title":"b"}'
    )
    check_envelope(answer, 401, "UNAUTHORIZED")


async def test_another_method_or_path_does_not_hold(service: Service) -> None:
    path = f"{EVENTS}/{EVENT}"
    for method, url in (("DELETE", path), ("GET", path + "/")):
        answer = await service.send(method, url, headers=signed("GET", path))
        check_envelope(answer, 401, "UNAUTHORIZED")


async def test_the_path_counts_as_it_travelled_or_else_decoded(
    service: Service,
) -> None:
    url = f"{EVENTS}/{EVENT.replace('b', '%62')}"
    for path in (url, f"{EVENTS}/{EVENT}"):
        assert (await service.call("GET", url, path=path)).status_code == 200


async def test_a_bearer_token_alone_is_not_enough(service: Service) -> None:
    for headers in (
        {"Authorization": "Bearer x"},
        {"Authorization": "Bearer x", "X-Request-Id": "1", "X-Tenant-Id": TENANT},
    ):
        answer = await service.send("GET", EVENTS, headers=headers)
        check_envelope(answer, 401, "UNAUTHORIZED")


async def test_a_token_beside_a_signed_context_is_ignored(service: Service) -> None:
    answer = await service.call("GET", EVENTS, headers={"Authorization": "Bearer x"})
    assert answer.status_code == 200
    answer = await service.send(
        "GET",
        EVENTS,
        headers={"Authorization": "Bearer x", "X-Updspace-Timestamp": "1"},
    )
    check_envelope(answer, 400, "MISSING_REQUEST_ID")


@pytest.mark.parametrize("request_id", ["r-1", "a b", 'quote"', "Ä ß", "х" * 300])
async def test_any_request_id_comes_back_in_the_envelope(
    service: Service, request_id: str
) -> None:
    headers = signed("PATCH", EVENTS, request_id=request_id)
    answer = await service.send("PATCH", EVENTS, headers=headers)
    check_envelope(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.json()["error"]["request_id"] == request_id
    assert answer.json()["instance"].isascii()


@pytest.mark.parametrize(
    ("header", "flags"),
    [
        (b"", MasterFlags()),
        (b"null", MasterFlags()),
        (b"[]", MasterFlags()),
        (b"{", MasterFlags()),
        (b"\xff", MasterFlags()),
        (b'{"suspended":"true","banned":1,"system_admin":"yes"}', MasterFlags()),
        (b'{"suspended":true}', MasterFlags(suspended=True)),
        (b'{"banned":true}', MasterFlags(banned=True)),
        (b'{"status":"Suspended"}', MasterFlags(suspended=True)),
        (b'{"status":"BANNED"}', MasterFlags(banned=True)),
        (b'{"status":"active"}', MasterFlags()),
        (b'{"system_admin":true}', MasterFlags(system_admin=True)),
        (b'{"is_system_admin":true}', MasterFlags(system_admin=True)),
        (b'{"membership_status":"x"}', MasterFlags(membership_status="x")),
        (b'{"membership_status":"\\ud83d"}', MasterFlags(membership_status="?")),
        (b'{"banned":true,"x":"\\ud83d"}', MasterFlags(banned=True)),
        (b'{"banned":true,"x":"' + b"x" * 4000 + b'"}', MasterFlags(banned=True)),
    ],
)
def test_master_flags_are_a_json_object_or_nothing(
    header: bytes, flags: MasterFlags
) -> None:
    assert flags_of(header) == flags


@pytest.mark.parametrize(
    "more", [b'"' + b"x" * 4096 + b'"', b"[" * 2000 + b"]" * 2000], ids=["long", "deep"]
)
def test_flags_that_cannot_be_read_to_their_end_hide_nothing(more: bytes) -> None:
    with pytest.raises(HeadersTooLarge):
        flags_of(b'{"banned":true,"x":' + more + b"}")


@given(st.binary() | st.text().map(str.encode))
def test_any_flags_can_be_read(header: bytes) -> None:
    flags_of(header)
