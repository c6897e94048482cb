"""How long the core takes to import and the service to start, and what they keep."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.extent import Extent
from bench.part import Part
from bench.place import neighbours, open_place, service
from bench.processes import resident_bytes
from bench.report import table

_INTRO = """\
Median. Import is what `import events_core` adds to an interpreter that is started;
less than 80 ms are demanded. The service is started on a database that runs already
and is migrated, and on an empty directory: then it also makes the cluster, starts
PostgreSQL and migrates. Memory is resident, shared pages included.
"""
_IMPORT = """
import json, time
from pathlib import Path
def kept():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
kept_before, began, cpu = kept(), time.perf_counter(), time.process_time()
import events_core
cpu, taken = time.process_time() - cpu, time.perf_counter() - began
print(json.dumps([taken, cpu, kept() - kept_before]))
"""


def _measure(data_dir: Path, extent: Extent) -> str:
    imports = [_import() for _ in range(extent.starts + 1)][1:]  # compiled by the first
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
        ("import the core", *_median(imports)),
        ("start the service", *_median(starts)),
        ("start it on an empty directory", *_median(firsts)),
    )
    columns = ("", "ms, by the clock", "CPU ms", "memory, MiB")
    return f"{_INTRO}\n{table(columns, rows)}"


def _import() -> tuple[float, float, int]:
    done = subprocess.run(
        # -I: whatever the environment says, it is compiled once.
        (sys.executable, "-I", "-c", _IMPORT),
        capture_output=True,
        check=True,
    )
    taken, cpu, kept = json.loads(done.stdout)
    return taken, cpu, kept


def _first_start() -> tuple[float, float, int]:
    with TemporaryDirectory() as directory, neighbours(milliseconds=0) as others:
        Path(directory).chmod(0o755)
        began = time.perf_counter()
        with service(Path(directory) / "data", others) as started:
            taken = time.perf_counter() - began
            return taken, started.cpu_seconds, resident_bytes(started.pid)


def _median(measured: Sequence[tuple[float, float, int]]) -> tuple[float, float, float]:
    taken, cpu, kept = map(statistics.median, zip(*measured, strict=True))
    return taken * 1000, cpu * 1000, kept / 2**20


PART = Part("Importing and starting", _measure)
