"""What the how-tos tell operators to do does what they say."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path
from uuid import UUID

import pytest
import yaml

from adapters.http.routes import OPERATIONS
from adapters.postgres import (
    Database,
    LocalAccess,
    LocalMemberships,
    PostgresStore,
    check_role,
    is_current,
)
from adapters.postgres.embedded import APP, OWNER, SUPERUSER, RunningCluster, start
from adapters.postgres.embedded.account import binary
from adapters.postgres.embedded.roles import BIRTH
from docs.generate import DOCS
from events_core import Actor, Permission, Scope, ScopeKind, TenantId, UserId
from events_core.domain.answers import Answer
from events_core.domain.permissions import CATALOGUE
from events_core.ports.people import Membership
from events_core.testing.builders import a_person, an_event
from events_core.testing.contracts.store.factory import (
    answered,
    marked,
    put,
    read,
    roster_of,
)
from tests.neighbours import Access
from tests.unit.adapters.http.edge.toy import SECRET

TENANT = TenantId(UUID("018f2f6e-0000-7000-8000-000000000001"))
HER = UserId(UUID("018f2f6e-0000-7000-8000-000000000002"))
CLUB = Scope(ScopeKind.COMMUNITY, UUID("018f2f6e-0000-7000-8000-00000000000c"))


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a how-to in a language."""
    text = (DOCS / "how-to" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_the_roles_an_operator_creates_are_those_the_tests_run_with() -> None:
    [create] = blocks("migrate.md", "sql")
    statements = re.sub(r" PASSWORD '[^']*'", "", create).split(";\n")
    assert [s for s in statements if s] == BIRTH.strip().split("\n")


def test_without_the_embedded_database_all_else_is_installed() -> None:
    page = (DOCS / "how-to/install.md").read_text()
    [service], [less] = (
        re.findall(rf"events-core\[({said})\]", text)
        for said, text in (
            ("[a-z,]*embedded[a-z,]*", (DOCS.parent / "pyproject.toml").read_text()),
            ("[a-z]+,[a-z,]+", page),
        )
    )
    assert set(service.split(",")) - {"embedded"} == set(less.split(","))


def test_the_unit_goes_on_trying_while_there_is_no_database() -> None:
    """Such a start fails within a second, and after five in ten systemd gives up."""
    [unit] = (block for block in blocks("install.md", "ini") if "[Unit]" in block)
    said = ConfigParser(interpolation=None)
    said.read_string(unit)
    assert said.getint("Unit", "StartLimitIntervalSec") == 0
    assert said.get("Service", "Restart") == "on-failure"
    assert said.getint("Service", "RestartSec") >= 1
    assert said.getint("Service", "TimeoutStopSec") > 10


@pytest.mark.anyio
async def test_the_local_directory_is_filled_as_the_how_to_says(
    postgres_cluster: RunningCluster, make_migrated_database: Callable[[], str]
) -> None:
    address = postgres_cluster.dsn(APP, make_migrated_database())
    [fill] = blocks("configure.md", "sql")
    run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-c", fill, address)
    database, actor = Database.at(address), Actor(TENANT, HER)
    belongs = await LocalMemberships(database).memberships(actor, {CLUB})
    assert belongs == {CLUB: Membership.MEMBER}
    held = (await LocalAccess(database).permissions(actor, {CLUB}))[CLUB]
    assert Permission.EVENT_CREATE in held.permissions
    await database.close()


@pytest.mark.anyio
async def test_a_dump_brings_everything_back_with_its_fence(
    postgres_cluster: RunningCluster,
    make_database: Callable[[], str],
    make_migrated_database: Callable[[], str],
    tmp_path: Path,
) -> None:
    dumped, restored = make_migrated_database(), make_database()
    event, her = an_event(), a_person()
    before = Database.at(postgres_cluster.dsn(APP, dumped))
    store = PostgresStore(before)
    await put(store, event)
    roster = await answered(store, event, her, Answer.GOING)
    await marked(store, event, her, by=her)
    async with store.unit_of_work(event.tenant_id) as uow:
        kept = await uow.persons.export(her)
    await before.close()
    dump, restore, *_ = blocks("back-up-and-restore.md", "sh")
    assert command_in(dump, "pg_dump")
    assert command_in(restore, "pg_restore")

    file = f"--file={tmp_path / 'events.dump'}"
    by_owner = ("--format=custom", file, postgres_cluster.dsn(OWNER, dumped))
    with pytest.raises(subprocess.CalledProcessError) as refused:
        run("pg_dump", *by_owner)
    assert "row-level security" in refused.value.stderr
    source = postgres_cluster.dsn(SUPERUSER, dumped)
    run("pg_dump", *told(dump, "pg_dump", {"events.dump": file, "@db": source}))
    target = f"--dbname={postgres_cluster.dsn(SUPERUSER, restored)}"
    file = file.removeprefix("--file=")
    arguments = told(restore, "pg_restore", {"@db": target, "events.dump": file})
    run("pg_restore", *arguments)

    after = Database.at(postgres_cluster.dsn(APP, restored))
    assert await is_current(after)
    await check_role(after)
    store = PostgresStore(after)
    assert await read(store, event) == event
    assert await roster_of(store, event, her) == roster
    async with store.unit_of_work(event.tenant_id) as uow:
        assert await uow.persons.export(her) == kept
    await after.close()


def command_in(block: str, program: str) -> list[str]:
    """Return the arguments that a block gives to a program."""
    [line] = [line for line in block.split("\n") if line.startswith(f"{program} ")]
    return line.split()[1:]


def told(block: str, program: str, places: dict[str, str]) -> list[str]:
    """Return those arguments, with the places of this run in the place of others."""
    return [
        next((ours for theirs, ours in places.items() if theirs in argument), argument)
        for argument in command_in(block, program)
    ]


def test_the_embedded_database_is_copied_and_put_back(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # root may have to run the server as nobody
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pack, unpack = (b for b in blocks("back-up-and-restore.md", "sh") if "tar " in b)
    with start(there / "data") as cluster:
        address = cluster.dsn(OWNER)
        run("psql", "-Xq", "-c", "CREATE TABLE kept AS SELECT 42 AS answer", address)
    shell(pack, cwd=there)
    (elsewhere / "data").mkdir()
    (there / "events.tar").rename(elsewhere / "events.tar")
    shell(unpack, cwd=elsewhere)
    with start(elsewhere / "data") as cluster:
        found = run("psql", "-XqAt", "-c", "TABLE kept", cluster.dsn(OWNER))
    assert found == "42\n"


def test_each_alert_is_told_of_on_the_page_and_asks_for_what_there_is() -> None:
    text = (DOCS.parent / "deploy/prometheus/alerts.yaml").read_text()
    operations = {operation.operation_id for operation in OPERATIONS} | {"ready"}
    assert set(re.findall(r'operation!?="(\w+)"', text)) <= operations
    rules = yaml.safe_load(text)
    alerts = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    page = (DOCS / "how-to/read-the-alerts.md").read_text()
    assert re.findall(r"^\*\*(\w+)\.\*\*", page, re.MULTILINE) == alerts


def test_roles_are_looked_up_in_access_as_the_how_to_says() -> None:
    script = next(b for b in blocks("roles-through-access.md", "sh") if "admin()" in b)
    with Access(SECRET) as access:
        access.roles["events.organizer"] = frozenset()
        host = access.url.removesuffix("/api/v1")
        script = script.replace("http://access:8002", host)
        said = shell(script, BFF_INTERNAL_HMAC_SECRET=SECRET.decode())
    assert '"events.organizer"' in said


def test_the_roles_are_created_in_access_once_and_only_when_that_is_meant() -> None:
    [script] = (b for b in blocks("roles-through-access.md", "sh") if "seed" in b)
    dry, wet = script.splitlines()
    assert wet == f"{dry} --apply"
    with Access(SECRET) as access:

        def said(line: str) -> str:
            return shell(
                line,
                BFF_INTERNAL_HMAC_SECRET=SECRET.decode(),
                ACCESS_BASE_URL=access.url,
                PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            )

        for _ in range(2):
            assert "would create events.organizer" in said(dry)
            assert not access.roles
        assert "created events.participant" in said(wet)
        assert access.roles == CATALOGUE
        for line in (wet, dry):
            assert said(line) == "Access has every role of this service\n"


def run(program: str, *arguments: str) -> str:
    """Return what one of PostgreSQL's programs prints."""
    return subprocess.run(
        [str(binary(program)), *arguments], check=True, capture_output=True, text=True
    ).stdout


def shell(script: str, *, cwd: Path = DOCS.parent, **environment: str) -> str:
    """Return what a script prints."""
    return subprocess.run(
        ["sh", "-euc", script],
        cwd=cwd,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
