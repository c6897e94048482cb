"""`./dev` on fresh checkouts, from the packages that this one's `./dev` has fetched."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("dev", "pyproject.toml", "LICENSE", "README.md")
PACKAGES = ("src/events_core/__init__.py", "src/adapters/__init__.py")
ENOUGH = {"iniconfig", "packaging", "pluggy", "pygments", "pytest", "uv-build"}

pytestmark = pytest.mark.skipif(
    not (ROOT / ".uv/cache").exists() and "UV_CACHE_DIR" not in os.environ,
    reason="./dev did without uv here, so there is no cache to install from",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout as far as `./dev` looks, of few packages; an empty home beside it."""
    (tmp_path / "home").mkdir()
    fresh = tmp_path / "fresh"
    for name in SOURCES + PACKAGES:
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, fresh / name)
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.split(r"^(?=[a-z])", lock, flags=re.MULTILINE)
    enough = [pin for pin in pins if pin.partition("==")[0] in ENOUGH]
    assert len(enough) == len(ENOUGH)
    (fresh / "requirements.lock").write_text("".join(enough))
    return fresh


def begin(checkout: Path) -> subprocess.Popen[str]:
    """Run `./dev test --version`, offline."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
    tools = Path(sys.executable).parent  # last: for its uv, not for its Python
    return subprocess.Popen(
        [checkout / "dev", "test", "--version"],
        env={
            "UV_CACHE_DIR": str(ROOT / ".uv/cache"),
            "XDG_CONFIG_HOME": str(Path.home() / ".config"),  # pip's settings
            **kept,
            "HOME": str(checkout.parent / "home"),
            "PATH": f"{os.environ['PATH']}:{tools}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "UV_OFFLINE": "1",
        },
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(checkout: Path) -> str:
    """Return what `./dev test --version` says besides the version."""
    process = begin(checkout)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert out.startswith("pytest ")
    return err


def test_all_that_a_first_run_makes_is_in_two_directories(checkout: Path) -> None:
    before = set(checkout.iterdir())
    said = run(checkout)
    assert said.count("\n") == 1, said
    assert {path.name for path in set(checkout.iterdir()) - before} == {".uv", ".venv"}
    assert list((checkout.parent / "home").iterdir()) == []
    assert run(checkout) == ""


def test_a_checkout_that_was_moved_heals_itself(checkout: Path) -> None:
    run(checkout)
    moved = checkout.rename(checkout.with_name("mo ved"))
    assert "installing" in run(moved)
    assert str(moved) in (moved / ".venv/bin/pytest").read_text()
    assert run(moved) == ""


def test_two_at_once_do_the_work_once(checkout: Path) -> None:
    together = [begin(checkout) for _ in range(3)]
    said = "".join(process.communicate()[1] for process in together)
    assert [process.returncode for process in together] == [0, 0, 0]
    assert said.count("installing") == 1


def test_another_lock_is_installed_and_the_same_one_is_not(checkout: Path) -> None:
    run(checkout)
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert "installing" in run(checkout)
    assert run(checkout) == ""
