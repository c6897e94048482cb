"""The audit trail of what an operator changes, as the relay's role."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.postgres.audit import new_salt
from adapters.postgres.rows import audit_row
from adapters.postgres.tables import audit_entry
from events_core.domain.actors import Via
from events_core.domain.audit import Deed, of_subscription
from events_core.domain.chain import seal
from events_core.domain.change import Cause
from events_core.domain.identity import TenantId

if TYPE_CHECKING:
    from adapters.postgres.queue.pool import Connection

_COLUMNS = [c.name for c in audit_entry.c if c.name not in {"seq", "xid"}]
_INSERT = "INSERT INTO events.audit_entry ({columns}) VALUES ({places})"
_WRITE = _INSERT.format(
    columns=", ".join(_COLUMNS),
    places=", ".join(f"${number}" for number in range(1, len(_COLUMNS) + 1)),
)


async def note(
    connection: "Connection", tenant_id: UUID, deed: Deed, subscription_id: UUID
) -> None:
    """Write down what an operator, in nobody's name, did to a subscription.

    What is told of all tenants is in a trail of its own, that of no tenant.
    """
    cause = Cause(None, datetime.now(UTC), Via.CLI)
    entry = of_subscription(deed, subscription_id, cause)
    owner = TenantId(tenant_id)
    row = {"tenant_id": owner, **audit_row(seal(entry, owner, new_salt))}
    await connection.execute(_WRITE, *(row[name] for name in _COLUMNS))
