"""The embedded PostgreSQL: what it will not start, and how it says so."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.postgres.embedded import EmbeddedPostgresError, start
from tests.unit.adapters.embedded.users import USER, as_root


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
