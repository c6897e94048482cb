"""What `./dev test` checks, one by one, and what it has no time for.

The long ones: every Python found, the built wheel, the lowest versions promised.
"""

import os
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv|virtualenv"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
# Each process compiles everything else, wherever a machine is told to keep nothing.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
PARALLEL = (
    *("--numprocesses", "auto", "--maxprocesses", "4"),
    *("--dist", "loadscope", "--no-loadscope-reorder"),
)


def install_locked(session: nox.Session) -> None:
    """Install what requirements.lock names, and nothing of this project."""
    session.install("--require-hashes", "-r", "requirements.lock")


def install_editable(session: nox.Session) -> None:
    """Install as `./dev` does."""
    install_locked(session)
    session.install("--no-deps", "--no-build-isolation", "-e", ".")


@nox.session
def lint(session: nox.Session) -> None:
    """Check form and lint."""
    install_locked(session)
    session.run("ruff", "format", "--check")
    session.run("ruff", "check", "--no-fix")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    install_editable(session)
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Check that imports point down."""
    install_editable(session)
    session.run("lint-imports")


@nox.session(python=PYTHONS)
def unit(session: nox.Session) -> None:
    """Run the unit tests on every Python found."""
    install_editable(session)
    session.run("pytest", "tests/unit", *session.posargs)


@nox.session(python=PYTHONS)
def contract(session: nox.Session) -> None:
    """Run the contract suites on every Python found, on a PostgreSQL of their own."""
    install_editable(session)
    session.run("pytest", "tests/contract", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Run the examples of the documents."""
    install_editable(session)
    session.run("pytest", "README.md", "docs", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Run all tests against the built wheel, in a copy that has no ``src``."""
    install_locked(session)
    session.install("--no-deps", "--no-build-isolation", ".")
    copy = Path(session.create_tmp()).absolute() / "without-src"
    shutil.rmtree(copy, ignore_errors=True)
    left_out = shutil.ignore_patterns("src", ".[!cd]*", "__pycache__", "data")
    shutil.copytree(".", copy, ignore=left_out)
    session.chdir(copy)
    session.run("python", "-c", "import adapters; assert 'site-' in adapters.__file__")
    session.run("pytest", "tests/contract", "tests/unit", *PARALLEL, *session.posargs)


@nox.session(venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """Run the core's tests on its three dependencies at their lowest versions."""
    session.install("--resolution=lowest-direct", ".[testing]", "vobject>=0.9.9")
    suites = sorted(str(path) for path in Path("tests/contract").glob("*_memory.py"))
    unit = ("tests/unit", "--ignore=tests/unit/adapters")
    session.run("pytest", *unit, *suites, *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Plant bugs, one at a time, and see that a test notices each."""
    install_editable(session)
    session.run("python", "-m", "tests.mutants.run", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Kill relays and the database at random for a while; CHAOS_SECONDS says how long.

    In real time: claims of the killed run out, and pauses pass. CHAOS_SEED says what
    is killed when. Then subscriptions are changed in all ways, for a minute at most.
    """
    install_editable(session)
    environ = {"CHAOS_SECONDS": os.environ.get("CHAOS_SECONDS", "240")}
    tests = [f"tests/contract/outbox/test_{name}.py" for name in ("kills", "flapping")]
    session.run("pytest", "-x", *tests, *session.posargs, env=environ)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure, and write docs/reference/performance.md; see `python -m bench -h`."""
    install_editable(session)
    session.install("procrastinate>=3,<4", "psycopg[binary]")  # to compare with
    session.run("python", "-m", "bench", *session.posargs)
