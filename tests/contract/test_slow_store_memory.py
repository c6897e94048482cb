"""The store over documents that take their time: others come in between."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

import pytest
from attrs import frozen

from events_core.documents import KINDS, DocumentStore
from events_core.domain.identity import TenantId
from events_core.ports.documents import Key, Write
from events_core.ports.store import Store
from events_core.testing.contracts.store import MakeStore, StoreContract
from events_core.testing.memory import MemoryDocuments

T = TypeVar("T")


@frozen
class SlowDocuments(MemoryDocuments):
    async def find(
        self, tenant_id: TenantId, kind: type[T], start: Key
    ) -> dict[Key, T]:
        await asyncio.sleep(0)
        found = await super().find(tenant_id, kind, start)
        await asyncio.sleep(0)
        return found

    async def write(self, tenant_id: TenantId, writes: Sequence[Write]) -> None:
        for one in writes:
            assert one.kind in KINDS
            assert 1 <= len(one.key) <= 4
            assert all(part and part.isascii() and "/" not in part for part in one.key)
        await asyncio.sleep(0)
        await super().write(tenant_id, writes)
        await asyncio.sleep(0)


class TestStoreOverSlowDocuments(StoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        async def make() -> Store:
            return DocumentStore(SlowDocuments())

        return make
