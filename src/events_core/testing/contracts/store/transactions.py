"""Units of work: all or nothing, one tenant, and who wins."""

from attrs import evolve

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.predicate import Everything
from events_core.ports.store import Store
from events_core.testing.builders import (
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.store.factory import OfStore, put, read


def retitled(event: Event, title: str) -> Change[Event]:
    """Return the change that gives the event another title."""
    details = evolve(event.details, title=title)
    return step_between(
        event, evolve(event, details=details, version=event.version + 1)
    )


class TransactionsContract(OfStore):
    """What is committed lasts, what is not has never been."""

    async def test_what_is_committed_is_there(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        assert await read(store, event) == event

    async def test_leaving_without_a_commit_undoes_everything(
        self, store: Store
    ) -> None:
        event = an_event()
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(arrival_of(event))
        async with store.unit_of_work(event.tenant_id) as uow:
            assert await uow.events.get(event.id, Everything()) is None
            assert await uow.events.scope_of(event.id) is None
            assert await uow.record.versions(event.id) == ()
            assert await uow.record.facts(event.id) == ()
