from collections.abc import AsyncIterator, Callable

import pytest
from attrs import frozen

from adapters.postgres import Database, LocalAccess, LocalDirectory, LocalMemberships
from adapters.postgres.embedded import APP, RunningCluster
from events_core.domain.actors import Actor
from events_core.domain.identity import Scope
from events_core.testing.contracts.people import (
    AccessContract,
    AccessWorld,
    MembershipsContract,
    MembershipsWorld,
)
from tests.postgres import psql


@frozen
class Directory:
    """The local directory over a database that can be cut off."""

    _cluster: RunningCluster
    _name: str
    _database: Database

    @property
    def memberships(self) -> LocalMemberships:
        return LocalMemberships(self._database)

    @property
    def access(self) -> LocalAccess:
        return LocalAccess(self._database)

    @property
    def _directory(self) -> LocalDirectory:
        return LocalDirectory(self._database)

    async def add(self, actor: Actor, scope: Scope) -> None:
        await self._directory.add_member(actor.tenant_id, scope, actor.user_id)

    async def remove(self, actor: Actor, scope: Scope) -> None:
        await self._directory.remove_member(actor.tenant_id, scope, actor.user_id)

    async def bind(self, actor: Actor, scope: Scope, role: str) -> None:
        await self._directory.bind_role(actor.tenant_id, scope, actor.user_id, role)

    async def unbind(self, actor: Actor, scope: Scope, role: str) -> None:
        await self._directory.unbind_role(actor.tenant_id, scope, actor.user_id, role)

    async def silence(self) -> None:
        self._let_in(yes=False)
        psql(
            self._cluster,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{self._name}'",
        )

    async def restore(self) -> None:
        self._let_in(yes=True)

    async def settle(self) -> None:
        """Changes show at once."""

    def _let_in(self, *, yes: bool) -> None:
        psql(self._cluster, f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS {yes}")


@pytest.fixture(scope="class")
async def directory(
    postgres_cluster: RunningCluster, make_migrated_database: Callable[[], str]
) -> AsyncIterator[Directory]:
    name = make_migrated_database()
    database = Database.at(postgres_cluster.dsn(APP, name))
    yield Directory(postgres_cluster, name, database)
    await database.close()


class TestLocalMemberships(MembershipsContract):
    @pytest.fixture
    def make_world(self, directory: Directory) -> Callable[[], MembershipsWorld]:
        return lambda: directory


class TestLocalAccess(AccessContract):
    @pytest.fixture
    def make_world(self, directory: Directory) -> Callable[[], AccessWorld]:
        return lambda: directory
