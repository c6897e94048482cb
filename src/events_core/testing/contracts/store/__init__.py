"""What every ``Store`` promises: one suite, made of parts that read alone."""

import pytest

from events_core.testing.contracts.store.factory import MakeStore
from events_core.testing.contracts.store.transactions import TransactionsContract

__all__ = ["MakeStore", "StoreContract"]


@pytest.mark.anyio
class StoreContract(
    TransactionsContract,
):
    """Everything a store promises. Override ``make_store``."""
