"""What `events-core audit` says of a trail, and what it prints of it.

The lines of an export are verified here with the standard library alone, as
``docs/how-to/audit.md`` says how.
"""

import asyncio
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
from attrs import frozen

from adapters.cli import main
from adapters.cli.migrate import migrate
from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import APP, OWNER, RELAY, SUPERUSER, RunningCluster
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from events_core import Role, TenantId, UserId
from events_core.testing.builders import NOW, a_grant, a_person, an_event
from events_core.testing.contracts.store.factory import put, retitled, save
from events_core.testing.contracts.store.roles import shared

PERSONAL = ("by", "whom", "request_id")


@frozen
class Kept:
    """A tenant with a trail of three, and how its operator gets there."""

    environ: dict[str, str]
    tenant_id: TenantId
    holder: UserId
    superuser: str

    def run(self, *words: str) -> int:
        """Run a command about the trail."""
        return main(["audit", *words, "--tenant", str(self.tenant_id)], self.environ)

    def tamper(self, statement: str) -> None:
        """Do what only who owns the database can."""

        async def do() -> None:
            connection = await asyncpg.connect(self.superuser)
            await connection.execute(statement)
            await connection.close()

        asyncio.run(do())


@pytest.fixture
def kept(postgres_cluster: RunningCluster, make_database: Callable[..., str]) -> Kept:
    name, roles = make_database(), (APP, OWNER, RELAY, SUPERUSER)
    urls = {role: postgres_cluster.dsn(role, name) for role in roles}
    environ = {"EVENTS_DATABASE_URL": urls[APP]}
    migrate({**environ, "EVENTS_DATABASE_OWNER_URL": urls[OWNER]})
    event, holder, creator = an_event(title="Geheim"), a_person(), a_person()

    async def fill() -> None:
        database, pool = Database.at(urls[APP]), RelayPool(urls[RELAY], connections=1)
        store = PostgresStore(database)
        await put(store, event)
        await save(store, retitled(event, "Noch geheimer"))
        async with store.unit_of_work(event.tenant_id) as uow:
            await shared(uow, event, a_grant(holder, Role.EDITOR, by=creator))
            await uow.commit()
        await Sequencer(pool).tick()
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.persons.erase(creator, at=NOW)
            await uow.commit()
        await pool.close()
        await database.close()

    asyncio.run(fill())
    return Kept(environ, event.tenant_id, holder, urls[SUPERUSER])


def verified(lines: list[dict[str, Any]]) -> str:
    """Verify the lines of an export by what is written of them; return the head."""
    before = bytes(32)
    for position, line in enumerate(lines, 1):
        assert line.pop("position") == position
        hash_, digest = line.pop("hash"), line.pop("digest")
        for name, kept in line.pop("personal").items():
            if kept["salt"] is not None:
                text = bytes.fromhex(kept["salt"]) + line[name].encode()
                assert sha256(text).hexdigest() == kept["digest"]
            line[name] = kept["digest"]
        text = json.dumps(line, sort_keys=True, separators=(",", ":"))
        assert sha256(text.encode()).hexdigest() == digest
        before = sha256(before + bytes.fromhex(digest)).digest()
        assert before.hex() == hash_
    return f"{len(lines)}:{before.hex()}"


def test_an_export_can_be_verified_by_who_has_nothing_else(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kept.run("export") == 0
    printed = capsys.readouterr().out
    lines = list(map(json.loads, printed.splitlines()))
    assert [line["deed"] for line in lines] == [
        "event.created",
        "event.updated",
        "role.given",
    ]
    assert lines[1]["names"] == ["title"]
    assert lines[2]["whom"] == str(kept.holder)
    assert "eheim" not in printed
    assert kept.run("export", "--after", "2") == 0
    assert capsys.readouterr().out == printed.splitlines(keepends=True)[2]
    head = verified(lines)
    assert kept.run("verify", "--known", head) == 0
    assert capsys.readouterr().out == f"head {head}\n"


def test_what_somebody_changed_is_named_and_the_command_fails(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.run("verify")
    head = capsys.readouterr().out
    of_second = f"tenant_id = '{kept.tenant_id}' AND deed = 'event.updated'"
    kept.tamper(f"UPDATE events.audit_entry SET names = '{{}}' WHERE {of_second}")
    assert kept.run("verify") == 1
    assert capsys.readouterr().out == f"2 altered\n{head}"
    kept.tamper(f"DELETE FROM events.audit_entry WHERE {of_second}")
    assert kept.run("verify") == 1
    assert capsys.readouterr().out.startswith("2 missing\n")
    assert kept.run("export") == 0
    gone = json.loads(capsys.readouterr().out.splitlines()[1])
    assert gone.keys() == {"position", "hash"}


def test_a_head_that_was_noted_down_finds_what_was_written_anew(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kept.run("verify", "--known", f"3:{'ab' * 32}") == 1
    assert capsys.readouterr().out.startswith("3 cut_off\n")
    assert kept.run("verify", "--known", f"4:{'ab' * 32}") == 1
    assert capsys.readouterr().out.startswith("4 cut_off\n")


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "--known", "3"),
        ("verify", "--known", "x:00"),
        ("verify", "--known", "3:xy"),
        ("export", "--after", "-1"),
        ("export", "--after", "\u0663"),
    ],
)
def test_what_is_no_place_is_told_in_one_line(
    kept: Kept, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert kept.run(*words) == 2
    assert capsys.readouterr().err.count("\n") == 1
