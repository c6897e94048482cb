"""What every ``Documents`` promises; ``StoreContract`` tells the rest of a store on it.

Subclass the suite and override its factory. Each test works in a tenant of its own, so
the factory may return the same one again and again. What no suite can bring about is
yours to try: a crash, and a write that fails halfway.
"""

from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Tally
from events_core.domain.chain import Head
from events_core.domain.event import Event
from events_core.domain.identity import TenantId
from events_core.ports.documents import Documents, Key, Write
from events_core.testing.builders import a_tenant
from events_core.testing.contracts.store.factory import PROPERTY, in_a_tenant
from events_core.testing.strategies import events

#: Makes a place for documents. May return the same one again and again.
MakeDocuments = Callable[[], Awaitable[Documents]]

KEYS = st.lists(
    st.sampled_from(["a", "ab", "b", "2027-03-21T19:00", "~"]), min_size=1, max_size=3
).map(tuple)


async def put(
    documents: Documents, tenant_id: TenantId, *placed: tuple[Key, object]
) -> None:
    """Write documents at once."""
    writes = [Write(type(document), key, document) for key, document in placed]
    await documents.write(tenant_id, writes)


async def keys_of(
    documents: Documents, tenant_id: TenantId, kind: type, start: Key = ()
) -> list[Key]:
    """Return under which keys there is something."""
    return [*await documents.find(tenant_id, kind, start)]


@pytest.mark.anyio
class DocumentsContract:
    """Documents are found where they were put, in order."""

    @pytest.fixture
    def make_documents(self) -> MakeDocuments:
        """Return a factory of what is under test."""
        raise NotImplementedError

    @pytest.fixture
    async def documents(self, make_documents: MakeDocuments) -> Documents:
        return await make_documents()

    async def test_what_was_written_is_found_until_it_is_taken_away(
        self, documents: Documents
    ) -> None:
        tenant_id, key = a_tenant(), ("a", "1")
        await put(documents, tenant_id, (key, Tally(going=1)))
        assert await documents.find(tenant_id, Tally, key) == {key: Tally(going=1)}
        await put(documents, tenant_id, (key, Tally(going=2)))
        assert await documents.find(tenant_id, Tally, key) == {key: Tally(going=2)}
        await documents.write(tenant_id, [Write(Tally, key, None)])
        assert await documents.find(tenant_id, Tally, ()) == {}
        await documents.write(tenant_id, [Write(Tally, key, None)])

    async def test_what_comes_last_for_a_place_counts(
        self, documents: Documents
    ) -> None:
        tenant_id = a_tenant()
        here, there = Write(Tally, ("a",), Tally()), Write(Tally, ("a",), None)
        await documents.write(tenant_id, [here, there])
        assert await keys_of(documents, tenant_id, Tally) == []
        await documents.write(tenant_id, [here, there, here])
        assert await keys_of(documents, tenant_id, Tally) == [("a",)]

    @PROPERTY
    @given(batches=st.lists(st.lists(KEYS, max_size=4), max_size=4), start=KEYS)
    async def test_keys_begin_with_whole_parts_and_come_in_order_of_first_writing(
        self, documents: Documents, batches: list[list[Key]], start: Key
    ) -> None:
        tenant_id = a_tenant()
        for number, batch in enumerate(batches):
            placed = [(key, Tally(going=number)) for key in batch]
            await put(documents, tenant_id, *placed)
        keys = [*dict.fromkeys(key for batch in batches for key in batch)]
        assert await keys_of(documents, tenant_id, Tally) == keys
        below = [key for key in keys if key[: len(start)] == start]
        assert await keys_of(documents, tenant_id, Tally, start) == below

    async def test_tenants_and_kinds_are_apart(self, documents: Documents) -> None:
        tenant_id, other, key = a_tenant(), a_tenant(), ("a",)
        await put(documents, tenant_id, (key, Tally()), (key, Head()))
        assert await documents.find(other, Tally, ()) == {}
        await documents.write(other, [Write(Tally, key, None)])
        await documents.write(tenant_id, [Write(Head, key, None)])
        assert await documents.find(tenant_id, Tally, ()) == {key: Tally()}
        assert await documents.find(tenant_id, Head, ()) == {}

    async def test_what_was_found_is_the_callers(self, documents: Documents) -> None:
        tenant_id = a_tenant()
        await put(documents, tenant_id, (("a",), Tally()))
        (await documents.find(tenant_id, Tally, ())).clear()
        assert await keys_of(documents, tenant_id, Tally) == [("a",)]

    @PROPERTY
    @given(event=in_a_tenant(events))
    async def test_any_event_comes_back_as_it_was(
        self, documents: Documents, event: Event
    ) -> None:
        key = (str(event.id),)
        await put(documents, event.tenant_id, (key, event))
        assert await documents.find(event.tenant_id, Event, key) == {key: event}
