"""What every ``Outbox`` promises.

Subclass the suite and override ``make_world``. Each test works in a tenant of its
own; whoever subscribes to one tenant hears of no other.
"""

from events_core.testing.contracts.outbox.audiences import AudiencesContract
from events_core.testing.contracts.outbox.deliveries import DeliveriesContract
from events_core.testing.contracts.outbox.health import HealthContract
from events_core.testing.contracts.outbox.world import (
    HOUR,
    KEEP,
    TOUCHY,
    MakeWorld,
    OutboxWorld,
    a_subscriber,
    claim,
    delivered,
    next_of,
    result,
)

__all__ = [
    "HOUR",
    "KEEP",
    "TOUCHY",
    "MakeWorld",
    "OutboxContract",
    "OutboxWorld",
    "a_subscriber",
    "claim",
    "delivered",
    "next_of",
    "result",
]


class OutboxContract(DeliveriesContract, HealthContract, AudiencesContract):
    """Everything an outbox promises. Override ``make_world``."""
