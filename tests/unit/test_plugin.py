import subprocess
import sys
from pathlib import Path

from events_core import CreateEvent, Scope, create_event, get_event
from events_core.testing.builders import EVENING, NOW, an_actor
from events_core.testing.clock import ManualClock, SequentialIds
from events_core.testing.people import MemoryAccess, MemoryMemberships
from events_core.testing.wired import MemoryCore


def test_the_fixtures_are_parts_of_one_core(
    core: MemoryCore,
    clock: ManualClock,
    ids: SequentialIds,
    memberships: MemoryMemberships,
    access: MemoryAccess,
) -> None:
    assert core == MemoryCore(
        store=core.store, clock=clock, ids=ids, memberships=memberships, access=access
    )
    assert clock.now() == NOW


async def test_the_core_works(core: MemoryCore, access: MemoryAccess) -> None:
    her = an_actor()
    access.bind(her, Scope.of_tenant(her.tenant_id))
    made = await create_event(core, her, CreateEvent(title="Chess", starts_at=EVENING))
    assert await get_event(core, her, made.id) == made


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_it_comes_with_the_package(tmp_path: Path) -> None:
    test = "def test_hers(clock):\n    assert clock.now()\n"
    (tmp_path / "test_embedder.py").write_text(test)
    (tmp_path / "pytest.ini").write_text("[pytest]")  # not ours, wherever this is
    run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)


def test_it_brings_no_hypothesis(tmp_path: Path) -> None:
    imports = "import sys, events_core.testing.plugin, events_core.testing.wired"
    run("-c", f"{imports}; assert 'hypothesis' not in sys.modules", cwd=tmp_path)
