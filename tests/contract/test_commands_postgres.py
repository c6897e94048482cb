"""What operators' commands say of a database: one line, and exit code 2."""

from collections.abc import Callable

import pytest

from adapters.cli.audit import export as export_audit
from adapters.cli.audit import verify
from adapters.cli.dsar import dsar
from adapters.cli.environment import opened_database, settings_from
from adapters.cli.errors import UsageError
from adapters.cli.event import take_down
from adapters.cli.migrate import migrate
from adapters.cli.retention import retention
from adapters.postgres.embedded import APP, OWNER, RELAY, SUPERUSER, RunningCluster
from events_core.testing.builders import new_uuid

NOWHERE = "postgresql://events_app@127.0.0.1:1/events"
PERSON = str(new_uuid())


@pytest.fixture
def environ(
    postgres_cluster: RunningCluster, make_database: Callable[..., str]
) -> dict[str, str]:
    """The environment of an operator whose database is empty."""
    name = make_database()
    return {
        "EVENTS_DATABASE_URL": postgres_cluster.dsn(APP, name),
        "EVENTS_DATABASE_OWNER_URL": postgres_cluster.dsn(OWNER, name),
        "EVENTS_DATABASE_RELAY_URL": postgres_cluster.dsn(RELAY, name),
    }


DAYS = {"archived_days": "730", "attempt_days": "30", "dead_letter_days": "90"}


def export(environ: dict[str, str]) -> int:
    return dsar(environ, action="export", user=PERSON, tenant=PERSON)


def clear(environ: dict[str, str]) -> int:
    return retention(environ, **DAYS, dry_run=False)


def verify_trail(environ: dict[str, str]) -> int:
    return verify(environ, tenant=PERSON, known=())


def export_trail(environ: dict[str, str]) -> int:
    return export_audit(environ, tenant=PERSON, after="0")


def hide(environ: dict[str, str]) -> int:
    return take_down(environ, event=PERSON, reason="Spam")


@pytest.mark.parametrize("command", [export, clear, hide, verify_trail, export_trail])
def test_a_database_that_was_never_migrated_is_told_in_one_line(
    environ: dict[str, str], command: Callable[[dict[str, str]], int]
) -> None:
    with pytest.raises(UsageError, match="events-core migrate"):
        command(environ)


def test_once_migrated_every_command_does_its_work(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert migrate(environ) == 0
    assert export(environ) == 0
    assert clear(environ) == 0
    with pytest.raises(UsageError, match="there is no event"):
        hide(environ)
    said = capsys.readouterr().out
    assert '"events_created":[]' in said
    assert "kept_answers 0\n" in said


@pytest.mark.parametrize("role", [SUPERUSER, OWNER, RELAY])
def test_a_role_that_the_fence_does_not_bind_is_refused(
    environ: dict[str, str], role: str
) -> None:
    assert migrate(environ) == 0
    unsafe = environ["EVENTS_DATABASE_URL"].replace(APP, role)
    with pytest.raises(UsageError, match="connect as events_app"):
        export({**environ, "EVENTS_DATABASE_URL": unsafe})


@pytest.mark.parametrize("command", [export, hide, verify_trail, export_trail])
def test_a_database_that_is_away_is_told_in_one_line(
    command: Callable[[dict[str, str]], int],
) -> None:
    with pytest.raises(UsageError, match="cannot be reached"):
        command({"EVENTS_DATABASE_URL": NOWHERE})


@pytest.mark.parametrize("of", DAYS)
@pytest.mark.parametrize("days", ["-1", "x", "", "1.5", "٣"])
def test_an_age_is_a_whole_number_of_days(of: str, days: str) -> None:
    option = f"--{of.replace('_', '-')} must be a whole number"
    with pytest.raises(UsageError, match=option):
        retention({}, **{**DAYS, of: days}, dry_run=True)


def test_only_the_owner_migrates_and_only_the_relay_clears_up(
    environ: dict[str, str],
) -> None:
    alone = {"EVENTS_DATABASE_URL": environ["EVENTS_DATABASE_URL"]}
    with pytest.raises(UsageError, match="EVENTS_DATABASE_OWNER_URL"):
        migrate(alone)
    with pytest.raises(UsageError, match="EVENTS_DATABASE_RELAY_URL"):
        clear(alone)


def test_what_is_set_wrongly_is_named() -> None:
    with (
        pytest.raises(UsageError, match="EVENTS_PORT"),
        opened_database(settings_from({"EVENTS_PORT": "x"})),
    ):
        pass
