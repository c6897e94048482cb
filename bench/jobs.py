"""Jobs that do nothing, in a queue on PostgreSQL that is widely used, to compare with.

procrastinate is installed by `nox -s bench` alone.
"""

import importlib.util
import time
from collections.abc import Iterable
from typing import Any

_AT_ONCE = 20


def is_there() -> bool:
    """Tell whether procrastinate is installed."""
    return importlib.util.find_spec("procrastinate") is not None


async def per_second(url: str, jobs: int) -> float:
    """Return how many jobs that do nothing one worker gets done in a second."""
    import procrastinate  # noqa: PLC0415 - not everybody has it

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    async def do_nothing(number: int) -> None:
        """Do nothing."""

    nothing = app.task(name="nothing")(do_nothing)

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        numbers: Iterable[dict[str, Any]] = ({"number": n} for n in range(jobs))
        await nothing.batch_defer_async(*numbers)
        began = time.perf_counter()
        await app.run_worker_async(
            concurrency=_AT_ONCE,
            wait=False,
            listen_notify=False,
            install_signal_handlers=False,
        )
        return jobs / (time.perf_counter() - began)
