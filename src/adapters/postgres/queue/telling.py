"""Facts of subscriptions, stored by whoever delivers."""

from typing import TYPE_CHECKING

from adapters.postgres.rows import fact_row
from events_core.domain.facts import SubscriptionFact

if TYPE_CHECKING:
    from adapters.postgres.queue.pool import Connection


async def tell(connection: "Connection", fact: SubscriptionFact) -> None:
    """Store a fact as it will be sent."""
    row = {"tenant_id": fact.tenant_id, **fact_row(fact)}
    values = ", ".join(f"${number}" for number, _ in enumerate(row, 1))
    await connection.execute(
        f"INSERT INTO events.outbox ({', '.join(row)}) VALUES ({values})",  # noqa: S608
        *row.values(),
    )
