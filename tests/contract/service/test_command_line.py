"""`events-core`, used as an operator and a newcomer use it, and used wrongly."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.service.caller import Person, calling
from tests.contract.service.conftest import MakePlace
from tests.contract.service.database import Place
from tests.contract.service.process import COMMAND, Service, environment, run
from tests.unit.adapters.http.edge.toy import SECRET

SECRETS = {"BFF_INTERNAL_HMAC_SECRET": SECRET.decode()}
LOCAL = {"EVENTS_DIRECTORY": "local"}
SOMEBODY = str(uuid4())
BY_SOMEBODY = ("--as", SOMEBODY, "--tenant", SOMEBODY)


def test_help_is_there_at_once_for_it_loads_next_to_nothing() -> None:
    program = """
import sys
from adapters.cli import main
try:
    main(["--help"])
except SystemExit as end:
    assert end.code == 0
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    *_, loaded = done.stdout.splitlines()
    slow = "sqlalchemy starlette uvicorn httpx asyncpg alembic icalendar cattrs yaml"
    assert set(slow.split()).isdisjoint(loaded.split())
    for command in ("serve", "migrate", "config", "dsar", "call"):
        assert f"\n    {command} " in done.stdout


def test_who_wants_traces_and_has_not_what_they_need_is_told_at_once() -> None:
    program = """
import sys
sys.modules["opentelemetry"] = None  # as if it were not installed
from adapters.cli import main
sys.exit(main(["serve"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "extra `otel`" in done.stderr


WRONG: Mapping[str, tuple[list[str], Mapping[str, str], str]] = {
    "no command": ([], {}, "COMMAND"),
    "an unknown command": (["dance"], {}, "dance"),
    "an unknown option": (["serve", "--fast"], {}, "--fast"),
    "no secret": (["serve"], {}, "BFF_INTERNAL_HMAC_SECRET"),
    "an empty secret": (
        ["serve"],
        {"BFF_INTERNAL_HMAC_SECRET": ""},
        "BFF_INTERNAL_HMAC_SECRET",
    ),
    "a short secret": (
        ["serve"],
        {"BFF_INTERNAL_HMAC_SECRET": "Canary7f3a"},
        "BFF_INTERNAL_HMAC_SECRET",
    ),
    "a secret's file that is not there": (
        ["serve"],
        {"BFF_INTERNAL_HMAC_SECRET_FILE": "/nowhere"},
        "BFF_INTERNAL_HMAC_SECRET_FILE",
    ),
    "no neighbours": (["serve"], SECRETS, "ACCESS_BASE_URL, PORTAL_BASE_URL"),
    "no Portal": (
        ["serve"],
        {**SECRETS, "ACCESS_BASE_URL": "http://access:1/api/v1"},
        "PORTAL_BASE_URL",
    ),
    "a neighbour that is no address": (
        ["serve"],
        {**SECRETS, "ACCESS_BASE_URL": "access:8002", "PORTAL_BASE_URL": "http://p"},
        "ACCESS_BASE_URL",
    ),
    "a port that is none": (["serve", "--port", "http"], SECRETS, "EVENTS_PORT"),
    "a port beyond all": (["serve", "--port", "65536"], SECRETS, "EVENTS_PORT"),
    "a host that is none": (
        ["serve", "--host", "not.a.host.invalid"],
        {**SECRETS, **LOCAL},
        "not.a.host.invalid",
    ),
    "a directory that is none": (
        ["serve"],
        {**SECRETS, "EVENTS_DIRECTORY": "nearby"},
        "EVENTS_DIRECTORY",
    ),
    "a database that is none": (
        ["serve"],
        {**SECRETS, **LOCAL, "EVENTS_DATABASE_URL": "mysql://root:Canary7f3a@db/x"},
        "EVENTS_DATABASE_URL",
    ),
    "a database that is not there": (
        ["serve", "--port", "0"],
        {
            **SECRETS,
            **LOCAL,
            "EVENTS_DATABASE_URL": "postgresql://events_app:Canary7f3a@127.0.0.1:1/x",
        },
        "cannot be reached right now: [Errno 111]",
    ),
    "data where a file is": (
        ["serve", "--demo", "--port", "0"],
        {"EVENTS_DATA_DIR": "a-file"},
        "a-file",
    ),
    "a migration by nobody": (
        ["migrate"],
        {"EVENTS_DATABASE_URL": "postgresql://events_app@127.0.0.1:1/x"},
        "EVENTS_DATABASE_OWNER_URL",
    ),
    "a migration of what is not there": (
        ["migrate"],
        {
            "EVENTS_DATABASE_URL": "postgresql://events_app@127.0.0.1:1/x",
            "EVENTS_DATABASE_OWNER_URL": "postgresql://o:Canary7f3a@127.0.0.1:1/x",
        },
        "cannot migrate",
    ),
    "a migration of a database nobody else is told of": (
        ["migrate"],
        {"EVENTS_DATABASE_OWNER_URL": "postgresql://o:Canary7f3a@127.0.0.1:1/x"},
        "set EVENTS_DATABASE_URL",
    ),
    "settings that do not hold": (["config"], {"EVENTS_LOG_LEVEL": "loud"}, "LOG"),
    "a person who is no id": (
        ["dsar", "export", "anna", "--tenant", SOMEBODY],
        {},
        "anna",
    ),
    "a tenant who is no id": (
        ["dsar", "erase", SOMEBODY, "--tenant", "home"],
        {},
        "home",
    ),
    "a person of no tenant": (["dsar", "erase", SOMEBODY], {}, "--tenant"),
    "a request nobody signs": (["call", "GET", "/events"], {}, "serve --demo"),
    "a request of nobody": (["call", "GET", "/events"], SECRETS, "--as"),
    "a request of whom nobody knows": (
        ["call", "GET", "/events", "--as", "anna", "--tenant", SOMEBODY],
        SECRETS,
        "anna",
    ),
    "a request to nobody": (
        ["call", "GET", "/events", *BY_SOMEBODY],
        {**SECRETS, "EVENTS_PORT": "1"},
        "no answer",
    ),
    "a body that is not there": (
        ["call", "POST", "/events", "--data", "@nowhere", *BY_SOMEBODY],
        SECRETS,
        "nowhere",
    ),
    "an address that is none": (
        ["call", "GET", "/events", *BY_SOMEBODY, "--url", "http://127.0.0.1:port"],
        SECRETS,
        "port",
    ),
    "an address of another kind": (
        ["call", "GET", "/events", *BY_SOMEBODY, "--url", "ftp://127.0.0.1"],
        SECRETS,
        "ftp://127.0.0.1",
    ),
    "a method that is none": (
        ["call", "GE T", "/events", *BY_SOMEBODY],
        SECRETS,
        "GE T",
    ),
    "flags that break a header": (
        ["call", "GET", "/events", *BY_SOMEBODY, "--flags", "{}\r\nX: y"],
        SECRETS,
        "",
    ),
}


@pytest.mark.parametrize(
    ("arguments", "settings", "named"), WRONG.values(), ids=[*WRONG]
)
def test_what_is_used_wrongly_is_told_in_one_line(
    tmp_path: Path, arguments: list[str], settings: Mapping[str, str], named: str
) -> None:
    (tmp_path / "a-file").touch()
    done = run(*arguments, cwd=tmp_path, settings=settings)
    told = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert len(told) == 1, done.stderr
    assert told[0].startswith("events-core: ")
    assert named in told[0]
    assert "Canary7f3a" not in done.stderr


@pytest.mark.parametrize(
    "command",
    ["housekeeping", "relay", "retention", "serve --port 0", "subscriptions list"],
)
async def test_who_would_see_no_tenant_is_told_and_not_that_there_is_nothing(
    make_place: MakePlace, tmp_path: Path, command: str
) -> None:
    place = make_place()
    others = {**SECRETS, **LOCAL, "EVENTS_DATABASE_RELAY_URL": place.app}
    done = run(*command.split(), cwd=tmp_path, settings={**place.settings, **others})
    [told] = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert (done.returncode, done.stdout) == (2, "")
    assert told.startswith("events-core: the role events_app does not see all tenants")


async def test_a_database_that_lets_nobody_in_says_why(
    place: Place, tmp_path: Path
) -> None:
    url = place.app.replace(place.name, "no_such_place")
    settings = {**SECRETS, **LOCAL, "EVENTS_DATABASE_URL": url}
    done = run("serve", "--port", "0", cwd=tmp_path, settings=settings)
    assert (done.returncode, done.stdout) == (2, "")
    why = 'database "no_such_place" does not exist'
    said = f"events-core: the database cannot be reached right now: {why}\n"
    assert done.stderr == said
    settings["EVENTS_DATABASE_OWNER_URL"] = url
    done = run("migrate", cwd=tmp_path, settings=settings)
    assert done.stderr == f"events-core: cannot migrate: {why}\n"


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--demo", "--port", port, cwd=tmp_path)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith(f"events-core: cannot listen on 127.0.0.1:{port}: ")
    assert not (tmp_path / "data").exists()


def test_config_shows_every_setting_where_it_is_from_and_no_secret(
    tmp_path: Path,
) -> None:
    secret_file = tmp_path / "secret"
    secret_file.write_text("Canary7f3a, thirty-two bytes or more\n")
    settings = {
        "BFF_INTERNAL_HMAC_SECRET_FILE": str(secret_file),
        "DATABASE_URL": "postgresql://events_app:Canary7f3a@db/events",
        "EVENTS_METRICS_TOKEN": "Canary7f3a",
        "PORTAL_SERVICE_URL": "http://portal:8003/api/v1",
        "EVENTS_PROT": "8006",
    }
    done = run("config", cwd=tmp_path, settings=settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Canary7f3a" not in done.stdout
    shown = {
        line.split()[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()
    }
    assert shown["BFF_INTERNAL_HMAC_SECRET"].startswith("********  (BFF_INTERNAL_HMAC")
    assert shown["EVENTS_DATABASE_URL"] == "********  (DATABASE_URL)"
    assert shown["EVENTS_PORT"] == "8005  (default)"
    assert shown["PORTAL_BASE_URL"] == "http://portal:8003/api/v1  (PORTAL_SERVICE_URL)"
    assert "misspelt" in shown["EVENTS_PROT"]


async def test_migrate_may_be_repeated(tmp_path: Path, make_place: MakePlace) -> None:
    place = make_place()
    for _ in range(2):
        done = run("migrate", cwd=tmp_path, settings=place.settings)
        assert (done.returncode, done.stdout) == (0, "the database is up to date\n")


async def test_what_is_kept_of_a_person_is_given_and_erased_by_an_operator(
    service: Service, place: Place, tmp_path: Path
) -> None:
    anna = Person()
    async with calling(service.url) as caller:
        event = await caller.create(by=anna, title="Hers")
        body = {"status": "going", "comment": "I bring a cake"}
        await caller.ask("POST", f"/{event['id']}/rsvp", body, by=anna)

        def dsar(action: str) -> dict[str, Any]:
            done = run(
                *("dsar", action, str(anna.user), "--tenant", str(anna.tenant)),
                cwd=tmp_path,
                settings=place.settings,
            )
            assert done.returncode == 0, done.stderr
            return dict(json.loads(done.stdout))

        exported = dsar("export")
        over_http = await caller.ask(
            "GET", f"/internal/dsar/users/{anna.user}/export", by=anna
        )
        theirs = over_http.json()
        assert all(line in theirs["audit"] for line in exported["audit"])
        for moving in ("exported_at", "audit"):  # the first export is in the trail
            theirs[moving] = exported[moving]
        assert exported == theirs
        assert "I bring a cake" in json.dumps(exported["rsvps"])
        counts = dsar("erase")["counts"]
        assert (counts["events_anonymized"], counts["rsvps_deleted"]) == (1, 1)
        again = dsar("erase")["counts"]
        assert set(again.values()) == {0}
        shown = await caller.ask("GET", f"/{event['id']}", by=Person(anna.tenant))
        assert shown.json()["createdBy"] is None
        assert shown.json()["rsvpCounts"]["going"] == 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working directory of somebody who runs the demo."""
    cwd = tmp_path_factory.mktemp("demo")
    with Service(cwd, "--demo", BFF_INTERNAL_HMAC_SECRET=""):
        yield cwd


def test_a_newcomer_can_try_every_route_at_once(demo: Path) -> None:
    def call(*words: str) -> tuple[int, str, str]:
        done = run("call", *words, cwd=demo)
        return done.returncode, done.stdout, done.stderr

    code, out, err = call("GET", "/events?limit=3")
    assert (code, err) == (0, "200 OK\n")
    page = json.loads(out)
    assert len(page["items"]) == 3
    assert page["meta"]["total"] > 100
    event_id = page["items"][0]["id"]
    full = json.loads(call("GET", "/events?q=blitz")[1])["items"]
    assert any(event["waitlistCount"] for event in full)

    body = json.dumps({"title": "Шахматы", "startsAt": "2031-05-05T19:00:00Z"})
    code, out, err = call("post", "events", "--data", body)
    assert (code, err) == (0, "201 Created\n")
    assert "Шахматы" in out
    code, out, err = call("POST", "/events", "--data", body, "--as", "Hana")
    assert (code, err) == (1, "403 Forbidden\n")
    (demo / "body.json").write_text(body)
    code, out, err = call("POST", "/events", "--data", "@body.json", "-i")
    assert code == 0
    assert "\nlocation: /api/v1/events/" in err

    code, out, err = call("GET", f"/events/{event_id}/ics")
    assert out.startswith("BEGIN:VCALENDAR")
    assert call("DELETE", f"/events/{event_id}/rsvp")[:2] == (0, "")
    code, out, err = call("GET", "/events?q=шахматы&from=2031-01-01&limit=1")
    assert json.loads(out)["items"]
    code, out, err = call("GET", "/health")
    assert json.loads(out) == {"status": "ok"}
    code, out, err = call("GET", "/events/me", "--flags", '{"banned": true}')
    assert json.loads(out)["permissions"] == []


@pytest.mark.parametrize(
    "words",
    [["call", "GET", "/events?limit=250"], ["config"], ["--help"], ["dsar", "--help"]],
    ids=" ".join,
)
def test_who_has_seen_enough_may_stop_reading(demo: Path, words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody:
        done = subprocess.run(
            [COMMAND, *words],
            cwd=demo,
            env=environment(),
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.returncode in {0, 1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_end_it_ends_in_good_order(
    tmp_path: Path, make_place: MakePlace, number: signal.Signals
) -> None:
    with Service(tmp_path, **LOCAL, **make_place().settings) as service:
        async with calling(service.url) as caller:
            await caller.create(by=Person())
            service.signal(number)
            assert service.wait() == 0
    assert "Traceback" not in service.log
    [told] = [r for r in service.records if r["event"] == "stopping"]
    assert told["signal"] == number.name
    assert not [r for r in service.records if r["level"] in {"error", "critical"}]


async def test_killed_with_a_database_of_its_own_it_finds_everything_again(
    tmp_path: Path,
) -> None:
    anna = Person()
    with Service(tmp_path, **LOCAL) as service:
        async with calling(service.url) as caller:
            event = await caller.create(by=anna)
        service.kill()
        service.start()
        async with calling(service.url) as caller:
            shown = await caller.ask("GET", f"/{event['id']}", by=anna)
            assert shown.json() == event
        service.signal(signal.SIGINT)
        assert service.wait() == 0
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()
    assert "Traceback" not in service.log
