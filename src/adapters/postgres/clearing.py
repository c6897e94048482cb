"""Clearing away what has expired, a little at a time, by those who add to it."""

from datetime import datetime

from attrs import define, field
from sqlalchemy import Delete, Table, bindparam, delete, select, true, tuple_

from adapters.postgres.tables.shared import Instant
from adapters.postgres.transaction import TENANT, Transaction

#: Of so many additions one clears away, and at most so many rows: more than came, so
#: that nothing piles up; so few that nobody waits.
EVERY = 16
AT_MOST = 64


@define
class Broom:
    """Sweeps one table with a ``forgotten_at``."""

    _table: Table
    _additions: int = field(default=0, init=False)
    _statement: Delete = field(init=False)

    @_statement.default
    def _sweep_statement(self) -> Delete:
        table = self._table
        key = tuple_(*table.primary_key)
        ours = table.c.tenant_id == TENANT if "tenant_id" in table.c else true()
        expired = (
            select(*table.primary_key)
            .where(ours, table.c.forgotten_at < bindparam("now", type_=Instant))
            .order_by(table.c.forgotten_at)
            .limit(AT_MOST)
            .with_for_update(skip_locked=True)
        )
        return delete(table).where(ours, key.in_(expired))

    async def sweep(self, transaction: Transaction, now: datetime) -> None:
        """Note an addition, and clear away what has expired if it is time to.

        Of a tenant's table that tenant's rows; nobody is waited for.
        """
        self._additions += 1
        if self._additions % EVERY == 0:
            await transaction.run(self._statement, {"now": now})
