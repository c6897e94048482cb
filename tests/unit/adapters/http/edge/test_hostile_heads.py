"""Whatever stands in a head, the answer is in the envelope and never a 500."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.handling import Answer
from tests.unit.adapters.http.edge.toy import EVENT, EVENTS, Service, signed

NAMES = [
    "X-Request-Id",
    "X-Tenant-Id",
    "X-Tenant-Slug",
    "X-User-Id",
    "X-Master-Flags",
    "X-Updspace-Timestamp",
    "X-Updspace-Signature",
    "Authorization",
    "Idempotency-Key",
    "Content-Type",
    "Content-Length",
    "Accept",
    "If-Match",
]

values = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"", b" ", b"\x00", b"\r\nx: y", b"\xff" * 40, b"9" * 400]),
    st.sampled_from([b"x" * 9000, b"\xd0\xb9" * 3000]),
)
heads = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=8)


@given(heads=heads, method=st.sampled_from(["GET", "POST", "DELETE"]))
async def test_any_head_is_answered_in_the_envelope(
    heads: list[tuple[str, bytes]], method: str
) -> None:
    service, path = Service(), f"{EVENTS}/{EVENT}" if method == "DELETE" else EVENTS
    told = [(k.encode(), v.encode()) for k, v in signed(method, path).items()]
    # Some replace what was signed, some are there twice, some stand beside it.
    replaced = {name.encode() for name, _ in heads[::2]}
    raw = [pair for pair in told if pair[0] not in replaced]
    raw += [(name.encode(), value) for name, value in heads]
    answer = await service.send(method, path, headers=raw)
    assert answer.status_code != 500
    if answer.status_code >= 400:
        assert answer.json()["error"]["request_id"]
        assert "Traceback" not in answer.text


@given(
    path=st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    query=st.binary(max_size=40),
    method=st.sampled_from(["GET", "POST", "PUT", "BREW"]),
)
async def test_any_target_is_answered_in_the_envelope(
    path: bytes, query: bytes, method: str
) -> None:
    for prefix in (b"/", b"/api/v1/", b"/api/v1/events/"):
        sent = []
        raw = prefix + path
        scope: dict[str, object] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": raw.decode("utf-8", "replace"),
            "raw_path": raw,
            "query_string": query,
            "headers": [],
            "server": None,
            "client": None,
            "root_path": "",
        }

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)  # noqa: B023

        await Service().app(scope, receive, send)  # type: ignore[arg-type]
        assert sent[0]["status"] != 500
        assert b'"error"' in sent[1]["body"] or sent[0]["status"] == 200  # type: ignore[operator]


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x", "a\x00b", "жх", "\ud800"])
async def test_no_value_of_an_answer_breaks_a_header(
    service: Service, value: str
) -> None:
    service.toy.answer = Answer(200, b"{}", headers=(("X-Told", value),))
    answer = await service.call("GET", EVENTS)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert not set(answer.headers["x-told"]) & set("\r\n\x00")
