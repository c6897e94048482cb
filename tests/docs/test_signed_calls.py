"""The worked examples sign as the service does, and are let in by it."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import signing
from docs.examples.call_the_service import Caller, sign
from tests.unit.adapters.http.edge.toy import SECRET
from tests.unit.adapters.http.promises.hooks import TENANT, USER

ROOT = Path(__file__).parents[2]
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]

#: What a path has when it travels, and what a shell could stumble over.
PATHS = st.from_regex(r"/[A-Za-z0-9%._~!$&'()*+,;=:@/-]{0,40}", fullmatch=True)
BODY = r"""{"title": "It's $5 `now`, \"or\" \\n", "startsAt": "2027-03-05T19:00"}"""


@given(
    secret=st.binary(min_size=32, max_size=80),
    method=st.sampled_from(("get", "POST", "Patch", "DELETE")),
    path=PATHS,
    body=st.binary(max_size=100),
    request_id=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
    timestamp=st.integers(0, 2**33),
)
def test_the_example_in_python_signs_as_the_service_does(
    *,
    secret: bytes,
    method: str,
    path: str,
    body: bytes,
    request_id: str,
    timestamp: int,
) -> None:
    expected = signing.sign(
        secret,
        method=method,
        path=path.encode(),
        body=body,
        request_id=request_id.encode(),
        timestamp=timestamp,
    )
    told = sign(secret, method, path, body, request_id=request_id, timestamp=timestamp)
    assert told == expected


def test_the_example_in_python_is_let_in(address: str) -> None:
    caller = Caller(address, SECRET, UUID(TENANT), "demo", UUID(USER))
    event = {"title": "Вечер игр", "startsAt": "2027-03-05T19:00:00"}
    first = caller.call("POST", "/api/v1/events/", event, request_id="the-same")
    assert first[0] == 201
    assert first[1]["title"] == "Вечер игр"
    assert caller.call("POST", "/api/v1/events/", event, request_id="the-same") == first
    status, found = caller.call("GET", "/api/v1/events?limit=250&q=%D0%B8%D0%B3%D1%80")
    assert (status, found["meta"]["total"]) == (200, 1)
    path = f"/api/v1/events/{first[1]['id']}/rsvp"
    assert caller.call("DELETE", path) == (204, None)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_example_in_a_shell_is_let_in(address: str, shell: str) -> None:
    created = signed(shell, address, "POST", "/api/v1/events/", BODY)
    event = orjson.loads(created)
    assert event["title"] == orjson.loads(BODY)["title"]
    path = f"/api/v1/events/{event['id']}"
    assert orjson.loads(signed(shell, address, "GET", path))["id"] == event["id"]
    only_status = ("--output", os.devnull, "--write-out", "%{http_code}")
    listed = f"{path}?limit=3"
    assert signed(shell, address, "GET", listed, "", *only_status) == b"422"
    assert signed(shell, address, "DELETE", f"{path}/rsvp", "", *only_status) == b"204"


def signed(shell: str, address: str, *arguments: str) -> bytes:
    """Return what the shell example prints."""
    command: Sequence[str] = (shell, "sh") if shell == "busybox" else (shell,)
    script = '. docs/examples/call_the_service.sh; signed "$@"'
    context = {
        "base": address,
        "secret": SECRET.decode(),
        "tenant": TENANT,
        "slug": "demo",
        "user": USER,
    }
    return subprocess.run(
        [*command, "-euc", script, "signed", *arguments],
        cwd=ROOT,
        env=os.environ | context,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
