"""Verify the audit trail of a tenant."""

from collections.abc import Mapping

from attrs import define, field, frozen

from events_core.domain.actors import Actor
from events_core.domain.chain import Finding, Head, Verification
from events_core.ports.store import UnitOfWork
from events_core.usecases.core import EventsCore
from events_core.usecases.read_audit import check_is_operator, close_minutes
from events_core.usecases.watching import watched

#: How many links are looked at in one read.
_EACH = 1_000

#: How many findings are told: a chain that was put together anew has as many as links.
MOST_FOUND = 1_000


@frozen
class Verdict:
    """What is wrong with a trail, up to ``MOST_FOUND``, and where it ends.

    ``waiting`` entries are not chained yet. Who notes ``head`` down elsewhere can have
    the next verification hold the trail against it.
    """

    findings: tuple[Finding, ...]
    head: Head
    waiting: int


@define
class _Walk:
    _uow: UnitOfWork
    seen: Verification
    findings: list[Finding] = field(factory=list, init=False)

    async def on(self, last: int | None = None) -> None:
        """Look at the links that follow, up to one if that is given."""
        while room := _EACH if last is None else last - self.seen.head.position:
            links = await self._uow.audit.walk(
                after=self.seen.head.position, limit=max(0, min(room, _EACH))
            )
            if not links:
                return
            for one in links:
                self.note(self.seen.take(one))

    def note(self, seen: Verification) -> None:
        """Keep what was found, as far as it is told."""
        self.seen = seen
        if len(self.findings) < MOST_FOUND:
            self.findings.extend(seen.found)


@watched
async def verify_audit(
    core: EventsCore, actor: Actor, known: Mapping[int, bytes] | None = None
) -> Verdict:
    """Look at every entry of the actor's tenant and every link of its chain.

    ``known`` are hashes by position that were noted down before. Others may go on
    writing meanwhile. For the command line alone, where operators are.

    Raises:
        PermissionDenied: the actor did not come through the command line.
    """
    check_is_operator(actor, "verify the audit trail")
    await close_minutes(core, actor)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        walk = _Walk(uow, Verification(actor.tenant_id, known or {}))
        await walk.on()
        loose = await uow.audit.loose()
        for one in loose:
            walk.note(walk.seen.pass_by(one.sealed, overdue=one.overdue))
        # What was loose may be chained by now, and more; the head says how far.
        head = await uow.audit.head()
        await walk.on(head.position)
        walk.note(walk.seen.end(head))
    return Verdict(tuple(walk.findings[:MOST_FOUND]), head, len(loose))
