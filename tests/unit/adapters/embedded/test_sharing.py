"""The embedded PostgreSQL, shared, and killed in every way there is."""

import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.postgres.embedded import kept_up, start
from tests.unit.adapters.embedded.users import (
    Processes,
    ask,
    ends,
    kill_server,
    names_in,
    pid_of,
    remember,
    remembered,
    until,
)


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
