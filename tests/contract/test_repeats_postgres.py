from collections.abc import Callable

import pytest

from adapters.postgres import Database, PostgresRepeats, PostgresSignatures
from events_core.ports.repeats import Repeats, Signatures
from events_core.testing.contracts.repeats import RepeatsContract, SignaturesContract


class TestPostgresRepeats(RepeatsContract):
    @pytest.fixture
    def make_repeats(self, database: Database) -> Callable[[], Repeats]:
        return lambda: PostgresRepeats(database)


class TestPostgresSignatures(SignaturesContract):
    @pytest.fixture
    def make_signatures(self, database: Database) -> Callable[[], Signatures]:
        return lambda: PostgresSignatures(database)
