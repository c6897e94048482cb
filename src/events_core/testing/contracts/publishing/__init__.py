"""What every ``Publishing`` promises.

Subclass the suite and override ``make_world``. Each test works in tenants of its own.
"""

from events_core.testing.contracts.publishing.dispatches import DispatchesContract
from events_core.testing.contracts.publishing.feed import FeedContract
from events_core.testing.contracts.publishing.subscriptions import SubscriptionsContract
from events_core.testing.contracts.publishing.world import MakeWorld, PublishingWorld

__all__ = [
    "MakeWorld",
    "PublishingContract",
    "PublishingWorld",
]


class PublishingContract(SubscriptionsContract, DispatchesContract, FeedContract):
    """All that is promised of publishing."""
