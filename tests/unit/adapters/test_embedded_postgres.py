"""The embedded PostgreSQL, started for real, and killed in every way there is."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import asyncpg
import pytest

from adapters.postgres.embedded import (
    APP,
    OWNER,
    RELAY,
    SUPERUSER,
    EmbeddedPostgresError,
    RunningCluster,
    kept_up,
    start,
)
from adapters.postgres.embedded.account import Account, binary
from adapters.postgres.embedded.cluster import make

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to be root")

SESSIONS = f"pg_stat_activity WHERE usename = '{APP}' AND state"

# A process that uses the server until its standard input ends.
USER = """
import sys
from pathlib import Path
from adapters.postgres.embedded import start
with start(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


class Processes:
    """Processes that use a data directory, killed when the test ends."""

    def __init__(self) -> None:
        self.all: list[subprocess.Popen[str]] = []

    def begin(self, data_dir: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.all.append(process)
        return process

    def use(self, data_dir: Path) -> subprocess.Popen[str]:
        process = self.begin(data_dir)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process


def ends(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


@pytest.fixture
def processes() -> Iterator[Processes]:
    with_pipes = Processes()
    yield with_pipes
    for process in with_pipes.all:
        process.kill()
        process.communicate()


@pytest.fixture
def nowhere() -> Iterator[Path]:
    """A directory with a short name, and no server left when the test ends."""
    with TemporaryDirectory(prefix="ec-") as name:
        yield Path(name)
        for cluster in Path(name).rglob("PG_VERSION"):
            if cluster.parent.name == "postgres" and pid_of(cluster.parents[1]):
                start(cluster.parents[1]).close()


@pytest.fixture(scope="module")
def pristine() -> Iterator[Path]:
    with TemporaryDirectory(prefix="ec-") as name:
        start(Path(name)).close()
        yield Path(name)


@pytest.fixture
def data_dir(pristine: Path, nowhere: Path) -> Path:
    """A data directory with a new cluster, stopped: a copy, which is quicker."""
    return shutil.copytree(pristine, nowhere / "data", symlinks=True)


def pid_of(data_dir: Path) -> int | None:
    """Return the server's process, or None when it stopped in good order."""
    try:
        return int((data_dir / "postgres/postmaster.pid").read_text().split("\n")[0])
    except FileNotFoundError:
        return None


def kill_server(cluster: RunningCluster) -> int:
    pid = pid_of(cluster.path.parent)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with socket.socket(socket.AF_UNIX) as client:
        while not client.connect_ex(str(cluster.socket_dir / ".s.PGSQL.5432")):
            time.sleep(0.01)
    return pid


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ask(
    cluster: RunningCluster, query: str, role: str = SUPERUSER, database: str = "events"
) -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(cluster.dsn(role, database))
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(asked())


def remember(cluster: RunningCluster, what: str) -> None:
    ask(cluster, "CREATE TABLE IF NOT EXISTS note (what text)", OWNER)
    ask(cluster, f"INSERT INTO note VALUES ('{what}')", OWNER)


def remembered(cluster: RunningCluster) -> object:
    return ask(cluster, "SELECT string_agg(what, ' ') FROM note", OWNER)


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def modes(*roots: Path) -> dict[str, tuple[int, int]]:
    seen = [path for root in roots for path in (root, *root.parents)]
    return {str(path): (path.stat().st_mode, path.stat().st_uid) for path in seen}


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


def test_the_last_to_leave_stops_the_server(
    data_dir: Path, processes: Processes
) -> None:
    first, second = processes.use(data_dir), processes.use(data_dir)
    pid = pid_of(data_dir)
    ends(first)
    with start(data_dir) as cluster:
        ends(second)
        assert ask(cluster, "SELECT 1") == 1
        assert pid_of(data_dir) == pid
    assert pid_of(data_dir) is None


def test_a_share_counts_also_within_one_process(data_dir: Path) -> None:
    with start(data_dir) as cluster:
        start(data_dir).close()
        assert ask(cluster, "SELECT 1") == 1
    assert pid_of(data_dir) is None


def test_many_may_come_at_once_to_an_empty_directory(
    nowhere: Path, processes: Processes
) -> None:
    together = [processes.begin(nowhere / "new/data") for _ in range(4)]
    for process in together:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in together:
        ends(process)
    assert names_in(nowhere / "new/data") == ["postgres"]
    assert pid_of(nowhere / "new/data") is None


def test_a_user_killed_outright_takes_nobody_along(
    data_dir: Path, processes: Processes
) -> None:
    killed, second = processes.use(data_dir), processes.use(data_dir)
    pid = pid_of(data_dir)
    killed.kill()
    killed.wait()
    with start(data_dir) as cluster:
        remember(cluster, "still here")
    ends(second)
    assert pid is not None
    assert pid_of(data_dir) is None


def test_a_server_whose_users_were_all_killed_is_taken_over(
    data_dir: Path, processes: Processes
) -> None:
    killed = processes.use(data_dir)
    pid = pid_of(data_dir)
    killed.kill()
    killed.wait()
    with start(data_dir) as cluster:
        assert ask(cluster, "SELECT 1") == 1
        assert pid_of(data_dir) == pid
    assert pid_of(data_dir) is None


def test_a_killed_server_comes_back_with_all_it_had(data_dir: Path) -> None:
    cluster = start(data_dir)
    remember(cluster, "one")
    killed = kill_server(cluster)
    with start(data_dir) as again:
        assert pid_of(data_dir) != killed
        assert remembered(again) == "one"
        cluster.close()
        assert remembered(again) == "one"
    assert pid_of(data_dir) is None


def test_a_server_killed_at_work_is_started_again_by_one_of_its_users(
    data_dir: Path,
) -> None:
    settings = {"cluster_name": "another"}
    with start(data_dir, settings=settings) as cluster, start(data_dir) as other:
        assert not cluster.revive()
        remember(cluster, "one")
        killed = kill_server(cluster)
        started = 0
        with ThreadPoolExecutor(8) as pool:
            while not started:  # the last of the killed one's processes are to go first
                started = sum(pool.map(lambda _: cluster.revive(), range(8)))
        assert started == 1
        assert pid_of(data_dir) not in {None, killed}
        assert remembered(other) == "one"
        assert ask(other, "SHOW cluster_name") == "another"
    assert pid_of(data_dir) is None
    assert not cluster.revive()
    assert pid_of(data_dir) is None


def test_who_keeps_it_up_needs_nobody_and_says_what_she_did(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with start(data_dir) as cluster, kept_up(cluster), kept_up(cluster):
        remember(cluster, "one")
        killed = kill_server(cluster)
        until(lambda: pid_of(data_dir) not in {None, killed})
        until(lambda: bool(caplog.messages))
        assert remembered(cluster) == "one"
        version = cluster.path / "PG_VERSION"
        version.rename(version.with_name("elsewhere"))
        until(lambda: "has gone:" in caplog.text)
        version.with_name("elsewhere").rename(version)
    assert pid_of(data_dir) is None
    assert caplog.text.count("is started again") == 1


def test_a_killed_servers_process_id_may_be_somebody_elses(
    data_dir: Path,
) -> None:
    cluster = start(data_dir)
    kill_server(cluster)
    note = data_dir / "postgres/postmaster.pid"
    _, _, rest = note.read_text().partition("\n")
    note.write_text(f"{os.getpid()}\n{rest}")
    cluster.close()  # and we are alive after it
    with start(data_dir) as again:
        assert ask(again, "SELECT 1") == 1


def test_a_copy_made_while_the_server_ran_is_a_cluster_of_its_own(
    data_dir: Path, nowhere: Path
) -> None:
    with start(data_dir) as cluster:
        remember(cluster, "one")
        ask(cluster, "CHECKPOINT")
        ignore = shutil.ignore_patterns(".s.*")
        copy = shutil.copytree(data_dir, nowhere / "copy", ignore=ignore)
        remember(cluster, "two")
        with start(copy) as other:
            assert other.path == copy.resolve() / "postgres"
            assert ask(other, "SHOW data_directory") == str(other.path)
            assert remembered(other) == "one"
        assert remembered(cluster) == "one two"


@pytest.mark.parametrize("delay", [0.0, 0.5])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_birth_cut_short_is_healed(
    nowhere: Path, processes: Processes, delay: float, how: signal.Signals
) -> None:
    process = processes.begin(nowhere)
    while not names_in(nowhere):
        time.sleep(0.005)
    time.sleep(delay)
    process.send_signal(how)
    process.communicate()
    assert how == signal.SIGKILL or pid_of(nowhere) is None
    with start(nowhere) as cluster:
        remember(cluster, "born")
    start(nowhere).close()  # the first may come before the killed one's programs end
    assert names_in(nowhere) == ["postgres"]


def test_the_terminals_interrupt_does_not_reach_the_server(
    data_dir: Path, processes: Processes
) -> None:
    process = processes.use(data_dir)
    with start(data_dir) as cluster:
        pid = pid_of(data_dir)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
        assert ask(cluster, "SELECT 1") == 1
        assert pid_of(data_dir) == pid


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


@as_root
@pytest.mark.machine
def test_somebody_elses_cluster_is_refused(data_dir: Path) -> None:
    data_dir.parent.chmod(0o755)
    try:
        done = subprocess.run(
            [sys.executable, "-c", USER, str(data_dir)],
            input="",
            capture_output=True,
            text=True,
            check=False,
            user="nobody",
            extra_groups=(),
        )
    except PermissionError as error:
        pytest.skip(f"nobody cannot run this Python: {error}")
    assert done.returncode != 0
    assert "EmbeddedPostgresError: " in done.stderr.strip().split("\n")[-1]


def spoil_version(cluster: Path) -> None:
    (cluster / "PG_VERSION").write_text("17\n")


def spoil_whole(cluster: Path) -> None:
    shutil.rmtree(cluster)
    cluster.mkdir()
    (cluster / "letter.txt").write_text("not a cluster")


def spoil_control(cluster: Path) -> None:
    (cluster / "global/pg_control").unlink()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (spoil_version, "was made by PostgreSQL 17, this is 18$"),
        (spoil_whole, "holds no PostgreSQL cluster$"),
        (spoil_control, "pg_control"),
    ],
)
def test_what_cannot_be_started_is_said_in_one_line_and_left_alone(
    data_dir: Path, spoil: Callable[[Path], None], why: str
) -> None:
    spoil(data_dir / "postgres")
    before = set(data_dir.rglob("*"))
    with pytest.raises(EmbeddedPostgresError, match=rf"^[^\n]+{why}") as caught:
        start(data_dir)
    assert "\n" not in str(caught.value)
    new = {path.name for path in set(data_dir.rglob("*")) - before}
    assert new <= {"server.log", "postmaster.opts"}


def test_a_data_directory_that_cannot_be_one_is_refused(nowhere: Path) -> None:
    (nowhere / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match=r"^cannot use "):
        start(nowhere / "file")
