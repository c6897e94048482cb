"""What every ``Store`` promises: one suite, made of parts that read alone."""

import pytest

from events_core.testing.contracts.store.attendance import AttendanceContract
from events_core.testing.contracts.store.audit import AuditContract
from events_core.testing.contracts.store.chains import ChainsContract
from events_core.testing.contracts.store.claims import ClaimsContract
from events_core.testing.contracts.store.erasures import ErasuresContract
from events_core.testing.contracts.store.events import EventsContract
from events_core.testing.contracts.store.factory import MakeStore
from events_core.testing.contracts.store.histories import HistoriesContract
from events_core.testing.contracts.store.notices import NoticesContract
from events_core.testing.contracts.store.pages import PagesContract
from events_core.testing.contracts.store.persons import PersonsContract
from events_core.testing.contracts.store.predicates import PredicatesContract
from events_core.testing.contracts.store.roles import RolesContract
from events_core.testing.contracts.store.rosters import RostersContract
from events_core.testing.contracts.store.seats import SeatsContract
from events_core.testing.contracts.store.tenants import TenantsContract
from events_core.testing.contracts.store.transactions import TransactionsContract
from events_core.testing.contracts.store.windows import WindowsContract

__all__ = ["MakeStore", "StoreContract"]


@pytest.mark.anyio
class StoreContract(
    TransactionsContract,
    TenantsContract,
    EventsContract,
    PredicatesContract,
    PagesContract,
    WindowsContract,
    RolesContract,
    RostersContract,
    ClaimsContract,
    SeatsContract,
    AttendanceContract,
    NoticesContract,
    PersonsContract,
    ErasuresContract,
    HistoriesContract,
    AuditContract,
    ChainsContract,
):
    """Everything a store promises. Override ``make_store``, and ``settle``."""
