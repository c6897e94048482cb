"""How long the core takes to import and the service to start, and what they keep."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from bench.extent import Extent
from bench.part import Part
from bench.place import neighbours, open_place, service
from bench.processes import resident_bytes
from bench.report import table

_IMPORTING = """\
Median. Import is what a statement adds to an interpreter that is started. What has a
name in `events_core` is loaded when the name is first used: of `import events_core`
less than 80 ms are demanded, and the use cases of an embedder cost what they need.
Beside it what the same classes are made of, bare: attrs, and with it a hundred classes
of six fields; the core has nearly twice as many.
"""
_STARTING = """\
The service is started on a database that runs already and is migrated, and on an empty
directory: then it also makes the cluster, starts PostgreSQL and migrates. Memory is
resident, shared pages included.
"""
_FEW = (
    "from events_core import EventsCore, CreateEvent, ListEvents, SetRsvp, "
    "create_event, list_events, set_rsvp"
)
_CLASSES = """
from attrs import frozen
for _ in range(100):
    frozen(type("One", (), {"__annotations__": dict.fromkeys("abcdef", int)}))
"""
#: What is imported, by what the page calls it; the last is the measure of the others.
_IMPORTED = {
    "`import events_core`": "import events_core",
    "create events, list and answer them": _FEW,
    "everything: `from events_core import *`": "from events_core import *",
    "bare attrs": "import attrs",
    "attrs and a hundred classes": _CLASSES,
}
_IMPORT = """
import json, sys, time
from pathlib import Path
def kept():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
statement = compile(sys.argv[1], "", "exec")
kept_before, began, cpu = kept(), time.perf_counter(), time.process_time()
exec(statement)
cpu, taken = time.process_time() - cpu, time.perf_counter() - began
print(json.dumps([taken, cpu, kept() - kept_before]))
"""

_COLUMNS = ("ms, by the clock", "CPU ms", "memory, MiB")
_Spent: TypeAlias = tuple[float, float, float]


def _measure(data_dir: Path, extent: Extent) -> str:
    return "\n\n".join((_importing(extent), _starting(data_dir, extent)))


def _importing(extent: Extent) -> str:
    for statement in _IMPORTED.values():
        _import(statement)  # compiles it, once for all
    rounds = [list(map(_import, _IMPORTED.values())) for _ in range(extent.imports)]
    rows = []
    for place, name in enumerate(_IMPORTED):
        ratio = statistics.median(one[place][1] / one[-1][1] for one in rounds)
        rows.append((name, *_median([one[place] for one in rounds]), f"{ratio:.2f}"))
    columns = ("", *_COLUMNS, "CPU, to attrs and a hundred classes")
    return f"{_IMPORTING}\n{table(columns, rows)}"


def _import(statement: str) -> _Spent:
    done = subprocess.run(
        # -I: whatever the environment says, it is compiled once.
        (sys.executable, "-I", "-c", _IMPORT, statement),
        capture_output=True,
        check=True,
    )
    taken, cpu, kept = json.loads(done.stdout)
    return taken, cpu, kept


def _starting(data_dir: Path, extent: Extent) -> str:
    with open_place(data_dir) as place, neighbours(milliseconds=0) as others:
        starts = []
        for _ in range(extent.starts):
            began = time.perf_counter()
            with service(place.data_dir, others) as started:
                taken = time.perf_counter() - began
                kept = resident_bytes(started.pid)
                starts.append((taken, started.cpu_seconds, kept))
    firsts = [_first_start() for _ in range(extent.starts)]
    rows = (
        ("start the service", *_median(starts)),
        ("start it on an empty directory", *_median(firsts)),
    )
    return f"{_STARTING}\n{table(('', *_COLUMNS), rows)}"


def _first_start() -> _Spent:
    with TemporaryDirectory() as directory, neighbours(milliseconds=0) as others:
        Path(directory).chmod(0o755)
        began = time.perf_counter()
        with service(Path(directory) / "data", others) as started:
            taken = time.perf_counter() - began
            return taken, started.cpu_seconds, resident_bytes(started.pid)


def _median(measured: Sequence[_Spent]) -> _Spent:
    taken, cpu, kept = map(statistics.median, zip(*measured, strict=True))
    return taken * 1000, cpu * 1000, kept / 2**20


PART = Part("Importing and starting", _measure)
