"""Whose an event is: the one question that is asked without knowing the tenant."""

from sqlalchemy import Uuid, bindparam, func, select

from adapters.postgres.database import Database
from adapters.postgres.tables import SCHEMA
from events_core.domain.identity import EventId, TenantId

_functions = getattr(func, SCHEMA)
_TENANT_OF = select(_functions.tenant_of_event(bindparam("of_event", type_=Uuid)))


async def tenant_of(database: Database, event_id: EventId) -> TenantId | None:
    """Return the tenant an event belongs to, None for no such event.

    For operators' commands. Nothing that a request can reach may call it.

    Raises:
        StoreUnavailable: it cannot be told.
    """
    async with database.transaction(None) as transaction:
        found = await transaction.run(_TENANT_OF, {"of_event": event_id})
        tenant_id: TenantId | None = found.scalar_one_or_none()
    return tenant_id
