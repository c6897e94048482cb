"""The embedded PostgreSQL: where it may live, and as whom."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.postgres.embedded import EmbeddedPostgresError, start
from adapters.postgres.embedded.account import Account, binary
from adapters.postgres.embedded.cluster import make
from tests.unit.adapters.embedded.users import (
    Processes,
    as_root,
    ask,
    ends,
    modes,
    names_in,
    pid_of,
)


@pytest.mark.parametrize(
    "name",
    ["l" * 150, 'it\'s, a "path" \\ of $HOME `x`', "данные 数据", "a%20b&c?d=e#f"],
    ids=["long", "awkward", "foreign", "address"],
)
def test_any_path_will_do(pristine: Path, nowhere: Path, name: str) -> None:
    data_dir = shutil.copytree(pristine, nowhere / name)
    with start(data_dir) as cluster:
        socket_dir = cluster.socket_dir
        assert socket_dir.stat().st_mode & 0o777 == 0o700
        assert ask(cluster, "SHOW data_directory") == str(cluster.path)
    assert socket_dir == cluster.path or not socket_dir.exists()


def test_a_socket_directory_that_others_can_enter_is_refused(
    pristine: Path, nowhere: Path
) -> None:
    data_dir = shutil.copytree(pristine, nowhere / ("l" * 150))
    with start(data_dir) as cluster:
        socket_dir = cluster.socket_dir
    socket_dir.mkdir(mode=0o755)
    try:
        with pytest.raises(EmbeddedPostgresError, match="is not private"):
            start(data_dir)
    finally:
        socket_dir.rmdir()


def test_no_directory_that_was_there_is_changed(nowhere: Path) -> None:
    nowhere.chmod(0o700)
    inside = nowhere / "inside"
    inside.mkdir(mode=0o750)
    before = modes(inside, binary("postgres"))
    start(inside).close()
    assert modes(inside, binary("postgres")) == before
    assert (inside / "postgres").stat().st_mode & 0o777 == 0o700


@as_root
@pytest.mark.machine
def test_root_keeps_its_own_in_a_directory_only_root_may_enter(
    nowhere: Path,
) -> None:
    nowhere.chmod(0o700)
    try:
        cluster = start(nowhere)
    except EmbeddedPostgresError as error:
        pytest.skip(f"no user namespace here: {error}")
    with cluster:
        assert ask(cluster, "SELECT 1") == 1
        assert cluster.path.stat().st_uid == 0


@as_root
@pytest.mark.machine
def test_who_has_no_name_runs_it_as_herself(
    nowhere: Path, processes: Processes
) -> None:
    """As in a container that is told to run as any number."""
    nowhere.chmod(0o755)
    data_dir = nowhere / "data"
    data_dir.mkdir()
    nameless = max(user.pw_uid for user in pwd.getpwall() if user.pw_uid < 65_000) + 1
    os.chown(data_dir, nameless, nameless)
    programs = (
        [sys.executable, "-c", "import adapters"],
        ["unshare", "--user", "true"],
    )
    try:
        for program in programs:
            subprocess.run(
                program, check=True, user=nameless, group=nameless, extra_groups=()
            )
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"only root can do this here: {error}")
    process = processes.use(data_dir, uid=nameless)
    assert Path(f"/proc/{pid_of(data_dir)}").stat().st_uid == nameless
    with start(data_dir) as cluster:  # root goes on with it as who it belongs to
        ends(process)
        assert ask(cluster, "SELECT 1") == 1
    assert {path.stat().st_uid for path in data_dir.rglob("*")} == {nameless}


@as_root
@pytest.mark.machine
def test_root_without_a_namespace_runs_the_server_as_nobody(
    nowhere: Path,
) -> None:
    nowhere.chmod(0o755)
    nobody = pwd.getpwnam("nobody").pw_uid
    no_namespace = Account(0, ("false",))
    try:
        make(nowhere / "postgres", [no_namespace, Account(nobody)])
    except EmbeddedPostgresError as error:
        pytest.skip(f"nobody cannot reach the programs: {error}")
    with start(nowhere) as cluster:
        pid = pid_of(nowhere)
        assert cluster.path.stat().st_uid == nobody
        assert Path(f"/proc/{pid}").stat().st_uid == nobody
        assert ask(cluster, "SELECT 1") == 1
    with start(nowhere) as cluster:
        assert ask(cluster, "SELECT 1") == 1


@as_root
@pytest.mark.machine
def test_root_is_told_when_nobody_can_run_the_server(nowhere: Path) -> None:
    nowhere.chmod(0o700)
    accounts = [Account(0, ("false",)), Account(pwd.getpwnam("nobody").pw_uid)]
    with pytest.raises(EmbeddedPostgresError, match=r"^cannot make [^\n]+$"):
        make(nowhere / "postgres", accounts)
    assert names_in(nowhere) == []
