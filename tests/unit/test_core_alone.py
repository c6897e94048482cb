"""The core with its three libraries and nothing else, as an embedder installs it."""

import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

import events_core

#: In milliseconds: what `import events_core` may take, where a million turns of the
#: loop below take fifty.
IMPORT, LOOP = 80, 50

_USE = """
import asyncio
from events_core import ListEvents, ical, list_events, wire
from events_core.testing import builders, outbox, people, repeats
from events_core.testing.wired import MemoryCore

async def use():
    core, her = MemoryCore(), builders.an_actor()
    event = builders.an_event(tenant_id=her.tenant_id)
    async with core.store.unit_of_work(event.tenant_id) as uow:
        await uow.events.save(builders.arrival_of(event))
        await uow.commit()
    listed = await list_events(core, her, ListEvents())
    assert [item.id for item in listed.items] == [event.id]

asyncio.run(use())
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
_TIME = """
import time
began, x = time.process_time(), 0
for number in range(1_000_000):
    x += number * number
loop, began = time.process_time() - began, time.process_time()
import events_core
print((time.process_time() - began) / loop)
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for packages that has the core's three, what those need, and the core."""
    place = tmp_path_factory.mktemp("packages")
    (place / "events_core").symlink_to(Path(events_core.__file__).parent)
    waiting, seen = ["attrs", "cattrs", "icalendar"], set[str]()
    while waiting:
        name = re.split(r"[^\w.-]", waiting.pop())[0]
        with suppress(PackageNotFoundError):  # not needed on this Python
            found = distribution(name)
            if found.name in seen:
                continue
            seen.add(found.name)
            waiting += [one for one in found.requires or () if "extra ==" not in one]
            for top in {file.parts[0] for file in found.files or ()} - {".."}:
                if not (place / top).exists() and top != "__pycache__":
                    (place / top).symlink_to(Path(str(found.locate_file(top))))
    return place


def run(place: Path, program: str) -> str:
    """Return what a program prints that finds packages in this place only."""
    program = f"import sys; sys.path.insert(0, {str(place)!r})\n{program}"
    command = (sys.executable, "-I", "-S", "-c", program)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def test_with_its_three_libraries_it_is_whole_and_so_are_its_fakes(
    alone: Path,
) -> None:
    loaded = set(run(alone, _USE).split())
    assert {"attrs", "cattrs", "icalendar"} <= loaded
    assert {"pytest", "hypothesis", "anyio", "sqlalchemy", "adapters"}.isdisjoint(
        loaded
    )


def test_it_is_imported_in_eighty_milliseconds(alone: Path) -> None:
    ratios = (float(run(alone, _TIME)) for _ in range(15))
    assert any(ratio < IMPORT / LOOP for ratio in ratios)
