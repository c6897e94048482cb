"""History and facts, in one transaction."""

from attrs import frozen
from sqlalchemy import Integer, Uuid, bindparam, select

from adapters.postgres.database import TENANT, Transaction
from adapters.postgres.rows import VERSION_COLUMNS, version_from
from adapters.postgres.tables import event_version, outbox
from events_core.domain.history import Version
from events_core.domain.identity import EventId

_EVENT = bindparam("of_event", type_=Uuid)

_LATEST = 2**31 - 1

_VERSIONS = (
    select(*VERSION_COLUMNS)
    .where(
        event_version.c.tenant_id == TENANT,
        event_version.c.event_id == _EVENT,
        event_version.c.version.between(
            bindparam("first", type_=Integer), bindparam("last", type_=Integer)
        ),
    )
    .order_by(event_version.c.version)
)
_FACTS = (
    select(outbox.c.payload)
    .where(outbox.c.tenant_id == TENANT, outbox.c.event_id == _EVENT)
    .order_by(outbox.c.seq)
)


@frozen
class PostgresRecord:
    """``Record`` in one transaction."""

    _transaction: Transaction

    async def versions(
        self, event_id: EventId, first: int = 1, last: int | None = None
    ) -> tuple[Version, ...]:
        """See ``Record.versions``."""
        found = await self._transaction.run(
            _VERSIONS,
            {
                "of_event": event_id,
                "first": _within_integers(first),
                "last": _within_integers(_LATEST if last is None else last),
            },
        )
        return tuple(map(version_from, found))

    async def facts(self, event_id: EventId) -> tuple[str, ...]:
        """See ``Record.facts``."""
        found = await self._transaction.run(_FACTS, {"of_event": event_id})
        return tuple(found.scalars())


def _within_integers(number: int) -> int:
    """Return the number, or the farthest there is room for: nothing is beyond it."""
    return max(-_LATEST, min(number, _LATEST))
