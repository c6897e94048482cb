"""The rules of the project that tools check; pyproject.toml configures the tools.

They stand first in a whole run, and are left out of `./dev test PATH`.
"""

import os
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def passes(*command: str) -> None:
    """Fail with what *command* printed, unless it exits with 0."""
    environment = {k: v for k, v in os.environ.items() if k[:8] != "COVERAGE"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}", pytrace=False)


def test_the_code_is_formatted() -> None:
    passes(sys.executable, "-m", "ruff", "format", "--check", "--diff")


def test_the_code_has_no_lint() -> None:
    passes(sys.executable, "-m", "ruff", "check", "--no-fix")


def test_the_types_agree() -> None:
    passes(sys.executable, "-m", "mypy")


def test_every_import_points_down() -> None:
    passes(str(Path(sys.executable).with_name("lint-imports")))


SHELLS = {b"#!/bin/sh": "sh", b"#!/usr/bin/env bash": "bash"}


def test_the_shell_scripts_parse() -> None:
    places = [ROOT, *(ROOT / name for name in (".ci", "deploy", "docs/examples"))]
    files = [path for place in places for path in place.iterdir() if path.is_file()]
    shells = {path: SHELLS.get(path.read_bytes().split(b"\n")[0]) for path in files}
    shells |= {path: "sh" for path in files if path.suffix == ".sh"}  # to be read
    scripts = {path: shell for path, shell in shells.items() if shell}
    assert {path.name for path in scripts} >= {"dev", "run", "packages", "make-secrets"}
    for path, shell in scripts.items():
        passes(shell, "-n", str(path))


def test_the_lock_names_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pins = re.split(r"\n(?=[a-z0-9])", lock.partition("\n")[2])[1:]
    assert len(pins) > 50
    assert not [pin for pin in pins if "--hash=sha256:" not in pin]


def test_the_lock_has_all_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *chain(*project["project"]["optional-dependencies"].values()),
        *project["build-system"]["requires"],
    ]
    names = {re.split(r"[^\w.-]", line)[0].replace("_", "-") for line in asked}
    lock = (ROOT / "requirements.lock").read_text()
    locked = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))
    assert names - locked == {"events-core"}


def test_the_migrations_are_one_chain() -> None:
    steps = sorted((ROOT / "src/adapters/postgres/migrations/versions").glob("r*.py"))
    names = [None, *(f"{number:04}" for number in range(1, len(steps) + 1))]
    for step, before, name in zip(steps, names, names[1:], strict=False):
        said = dict(re.findall(r"^(\w+) = (.+)$", step.read_text(), re.MULTILINE))
        assert step.name.startswith(f"r{name}_")
        assert said["revision"] == f'"{name}"'
        assert said["down_revision"] == (f'"{before}"' if before else "None")
