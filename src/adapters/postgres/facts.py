"""Facts, written with the change they tell of."""

from collections.abc import Sequence

from adapters.postgres.database import Transaction
from adapters.postgres.rows import fact_row
from adapters.postgres.tables import outbox
from adapters.tracing import current
from events_core.domain.facts import Fact


async def write_facts(transaction: Transaction, facts: Sequence[Fact]) -> None:
    """Store facts as they will be sent, in their order, in the trace that runs."""
    trace = current()
    await transaction.insert(outbox, *(fact_row(fact, trace) for fact in facts))
