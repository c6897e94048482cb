"""Facts of subscriptions, stored by whoever delivers."""

from typing import TYPE_CHECKING

from adapters.postgres.rows import fact_row
from events_core.domain.facts import SubscriptionFact

if TYPE_CHECKING:
    from adapters.postgres.queue.pool import Connection

# What the relay may fill in; nothing else of a row is a subscription's.
_NAMES = (
    "message_id",
    "subscription_id",
    "event_type",
    "schema_version",
    "occurred_at",
    "scope_kind",
    "scope_id",
    "personal",
    "payload",
)
_TELL = f"""
    INSERT INTO events.outbox (tenant_id, {", ".join(_NAMES)})
    VALUES ($1, {", ".join(f"${n}" for n in range(2, len(_NAMES) + 2))})
"""  # noqa: S608 (all of it is ours)


async def tell(connection: "Connection", fact: SubscriptionFact) -> None:
    """Store a fact as it will be sent."""
    row = fact_row(fact)
    await connection.execute(_TELL, fact.tenant_id, *(row[name] for name in _NAMES))
