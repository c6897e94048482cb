"""The core with its three libraries and nothing else, as an embedder installs it."""

import json
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import pytest

import events_core

#: In milliseconds: what `import events_core` may take, where a million turns of the
#: loop below take fifty.
IMPORT, LOOP = 80, 50

#: What loading all that has a name there may take, in classes of attrs with six fields.
#: It has 180, some of them large, and takes as long as 270.
CLASSES = 350

_USE = """
import asyncio
from events_core import ListEvents, documents, ical, list_events, wire
from events_core.testing import builders, outbox, people, repeats
from events_core.testing.wired import MemoryCore

async def use():
    core, her = MemoryCore(), builders.an_actor()
    event = builders.an_event(tenant_id=her.tenant_id)
    assert documents.from_text(type(event), documents.to_text(event)) == event
    async with core.store.unit_of_work(event.tenant_id) as uow:
        await uow.events.save(builders.arrival_of(event))
        await uow.commit()
    listed = await list_events(core, her, ListEvents())
    assert [item.id for item in listed.items] == [event.id]

asyncio.run(use())
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
_TIMES = """
import json, time
import attrs

made = []

def spent(work):
    began = time.process_time()
    work()
    return time.process_time() - began

def loop():
    x = 0
    for number in range(1_000_000):
        x += number * number

def classes():
    for _ in range(CLASSES):
        fields = {"__annotations__": dict.fromkeys("abcdef", int)}
        made.append(attrs.frozen(type("One", (), fields)))

def door():
    import events_core

def rest():
    import events_core
    for name in events_core.__all__:
        getattr(events_core, name)

works = (loop, door, classes, rest)
print(json.dumps({work.__name__: spent(work) for work in works}))
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


@pytest.mark.parametrize(
    "command",
    [
        "access seed --tenant {id} --as {id}",
        "audit verify --tenant {id}",
        "dsar export {id} --tenant {id}",
        "event take-down {id} --reason x",
        "housekeeping",
        "migrate",
        "relay",
        "retention",
        "serve",
        "serve --demo",
        "subscriptions list",
    ],
)
def test_a_command_that_needs_more_says_so_in_one_line(
    alone: Path, tmp_path: Path, command: str
) -> None:
    adapters = find_spec("adapters")
    assert adapters is not None
    assert adapters.origin is not None
    (tmp_path / "adapters").symlink_to(Path(adapters.origin).parent)
    arguments = command.format(id="018f2f6e-0000-7000-8000-000000000001").split()
    neighbours = dict.fromkeys(("ACCESS_BASE_URL", "PORTAL_BASE_URL"), "http://nobody")
    settings = {
        "BFF_INTERNAL_HMAC_SECRET": "x" * 40,
        "EVENTS_DATA_DIR": str(tmp_path),
        **neighbours,
    }
    program = f"""
import sys; sys.path[:0] = [{str(alone)!r}, {str(tmp_path)!r}]
from adapters.cli import main
sys.exit(main({arguments}, {settings}))
"""
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", program),
        check=False,
        stderr=subprocess.PIPE,
        text=True,
    )
    [line] = done.stderr.splitlines()
    assert line.endswith(" is missing: install events-core[service]")
    assert done.returncode == 2


@pytest.fixture(scope="module")
def least(alone: Path) -> dict[str, float]:
    """The least that each took of several times: a busy machine only ever adds."""
    rounds = [
        json.loads(run(alone, f"CLASSES = {CLASSES}\n{_TIMES}")) for _ in range(20)
    ]
    return {name: min(one[name] for one in rounds) for name in rounds[0]}


def test_it_is_imported_in_eighty_milliseconds(least: dict[str, float]) -> None:
    assert least["door"] / least["loop"] < IMPORT / LOOP


def test_all_of_it_is_imported_in_little_more_than_its_classes_take(
    least: dict[str, float],
) -> None:
    assert least["rest"] < least["classes"]
