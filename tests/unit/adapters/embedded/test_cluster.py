"""The embedded PostgreSQL: what is made, and how it is set up."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import asyncpg
import pytest

from adapters.postgres.embedded import APP, OWNER, RELAY, SUPERUSER, start
from tests.unit.adapters.embedded.users import (
    SESSIONS,
    ask,
    pid_of,
    remember,
    remembered,
)


def test_a_new_cluster_has_the_roles_each_with_its_powers(data_dir: Path) -> None:
    with start(data_dir) as cluster:
        powers = "rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
        query = f"SELECT array_agg(({powers})::text) FROM pg_roles WHERE rolcanlogin"
        roles = ask(cluster, query)
    assert set(cast(list[str], roles)) == {
        f"({APP},f,f,f,f)",
        f"({OWNER},f,f,f,f)",
        f"({RELAY},f,t,f,f)",
        f"({SUPERUSER},t,t,t,t)",
    }


def test_only_the_owner_may_make_things(data_dir: Path) -> None:
    with start(data_dir) as cluster:
        ask(cluster, "CREATE SCHEMA mine", OWNER)
        for role in (APP, RELAY):
            for what in ("SCHEMA theirs", "TEMP TABLE theirs (x int)", "TABLE t ()"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    ask(cluster, f"CREATE {what}", role)


def test_the_server_listens_to_nobody_outside_and_forgets_nothing(
    data_dir: Path,
) -> None:
    wanted = {
        "listen_addresses": "",
        "data_checksums": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "server_encoding": "UTF8",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "jit": "off",
    }
    with start(data_dir) as cluster:
        assert {name: ask(cluster, f"SHOW {name}") for name in wanted} == wanted


def test_text_is_ordered_and_cased_the_same_on_every_machine(
    data_dir: Path,
) -> None:
    with start(data_dir) as cluster:
        assert ask(cluster, "SELECT lower('ПРИВЕТ')") == "привет"
        assert ask(cluster, "SELECT 'B' < 'a' AND 'Я' < 'а'") is True


def test_an_operators_own_settings_last(data_dir: Path) -> None:
    with start(data_dir) as cluster:
        ask(cluster, "ALTER SYSTEM SET work_mem = '5MB'")
    with start(
        data_dir, settings={"work_mem": "6MB", "temp_buffers": "1MB"}
    ) as cluster:
        assert ask(cluster, "SHOW work_mem") == "5MB"
        assert ask(cluster, "SHOW temp_buffers") == "1MB"


def test_what_was_stored_outlives_a_stop(data_dir: Path) -> None:
    with start(data_dir) as cluster:
        remember(cluster, "one")
    assert pid_of(data_dir) is None
    with start(data_dir) as cluster:
        assert remembered(cluster) == "one"


def test_closing_disconnects_and_closing_again_does_nothing(
    data_dir: Path,
) -> None:
    cluster = start(data_dir)
    with ThreadPoolExecutor() as threads:
        asleep = threads.submit(ask, cluster, "SELECT pg_sleep(60)", APP)
        while not ask(cluster, f"SELECT count(*) FROM {SESSIONS} = 'active'"):
            time.sleep(0.01)
        cluster.close()
        cluster.close()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            asleep.result()
    assert pid_of(data_dir) is None
