"""What the service has loaded before the first request, and what it does without."""

import json
import subprocess
import sys

import pytest

import events_core

_LOADED = """
import json, sys
from adapters.cli.environment import settings_from
from adapters.cli.serving import load_all
load_all(settings_from({"EVENTS_RELAY": sys.argv[1]}))
print(json.dumps([*sys.modules]))
"""


def loaded(*, relay: bool) -> set[str]:
    """Return the modules that a service has which delivers facts itself, or not."""
    command = (sys.executable, "-c", _LOADED, str(int(relay)))
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("relay", [True, False])
def test_all_of_the_core_is_there_before_somebody_asks_for_it(*, relay: bool) -> None:
    assert set(events_core._HOMES.values()) <= loaded(relay=relay)


def test_what_delivers_facts_is_there_where_they_are_delivered() -> None:
    assert {"aiohttp", "adapters.outbox.relay"} <= loaded(relay=True)
    assert {"aiohttp", "adapters.outbox.relay"}.isdisjoint(loaded(relay=False))


def test_what_migrates_and_what_traces_is_not_loaded_before_it_has_work() -> None:
    tops = {name.partition(".")[0] for name in loaded(relay=True)}
    assert {"alembic", "mako", "opentelemetry"}.isdisjoint(tops)
