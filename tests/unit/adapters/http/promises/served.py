"""The real operations over a core in memory, in a process of its own, on a free port.

Who asks is the person of the contract's examples, so that they come true.
"""

import asyncio
from datetime import datetime
from uuid import UUID

from attrs import define

from adapters.http.logs import configure_logging
from adapters.http.server import bind, run, serve
from adapters.http.settings import Limits
from events_core import TenantId, UserId
from events_core.testing.builders import an_actor
from tests.unit.adapters.http.edge.toy import SetClock
from tests.unit.adapters.http.promises.hooks import TENANT, USER, now
from tests.unit.adapters.http.world import World


@define
class TimeOfDay(SetClock):
    """The clock on the wall: what is signed is signed now."""

    def now(self) -> datetime:
        return now()


configure_logging(level="WARNING")
listener = bind("127.0.0.1", 0)
print(listener.getsockname()[1], flush=True)  # noqa: T201
organizer = an_actor(TenantId(UUID(TENANT)), UserId(UUID(USER)))
run(
    serve(
        World(clock=TimeOfDay(), organizer=organizer).app,
        listener,
        limits=Limits(),
        draining=asyncio.Event(),
    )
)
