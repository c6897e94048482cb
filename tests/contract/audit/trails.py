"""A trail that somebody tampers with, who owns the database."""

import asyncpg
from attrs import evolve, frozen

from adapters.postgres.queue.sequencer import Sequencer
from events_core import Finding, Head, Problem, TenantId, Verdict, Via, verify_audit
from events_core.testing.builders import an_actor
from events_core.testing.wired import MemoryCore

#: The entry that somebody is at, of five.
AT = 3

STRAY = Finding(Problem.STRAY)


@frozen
class Trail:
    """A tenant's trail of five entries, and who can do anything to it."""

    tenant_id: TenantId
    core: MemoryCore
    owner: asyncpg.Connection
    sequencer: Sequencer

    async def verdict(self, known: Head | None = None) -> Verdict:
        """Return what the trail's verification says."""
        operator = evolve(an_actor(self.tenant_id), via=Via.CLI)
        noted = {known.position: known.hash} if known else {}
        return await verify_audit(self.core, operator, noted)

    async def findings(self, known: Head | None = None) -> list[Finding]:
        """Return what is wrong with it."""
        return [*(await self.verdict(known)).findings]

    async def tamper(self, statement: str, *values: object) -> None:
        """Change something, whose tenant is ``$1``."""
        await self.owner.execute(statement, self.tenant_id, *values)

    async def seq_at(self, position: int) -> int:
        """Return which entry is at a position."""
        found = await self.owner.fetchval(
            "SELECT seq FROM events.audit_link WHERE tenant_id = $1 AND position = $2",
            self.tenant_id,
            position,
        )
        assert isinstance(found, int)
        return found
