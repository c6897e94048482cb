"""Facts, written with the change they tell of."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.rows import fact_row
from adapters.postgres.tables import outbox
from adapters.postgres.transaction import Transaction
from adapters.tracing import current
from events_core.domain.facts import EventFact, SubscriptionFact

_ONCE = insert(outbox).on_conflict_do_nothing()


async def write_facts(transaction: Transaction, facts: Sequence[EventFact]) -> None:
    """Store facts as they will be sent, in their order, in the trace that runs."""
    trace = current()
    await transaction.insert(outbox, *(fact_row(fact, trace) for fact in facts))


async def write_once(transaction: Transaction, fact: SubscriptionFact) -> bool:
    """Store a fact, if it is not stored already; return whether it was not."""
    written = await transaction.write(_ONCE, [fact_row(fact, current())])
    return written.rowcount > 0
