"""What the tutorial says of its store, beside the promises of every store."""

import asyncio
from pathlib import Path

import pytest

from docs.tutorial.sqlite_store import SqliteStore
from events_core.domain.answers import Answer
from events_core.domain.exposure import Visibility
from events_core.domain.identity import UserId
from events_core.errors import StoreUnavailable
from events_core.testing.builders import a_person, an_event
from events_core.testing.contracts.store.factory import (
    answered,
    marked,
    put,
    read,
    roster_of,
)


@pytest.mark.anyio
async def test_what_was_committed_is_there_when_the_file_is_opened_again(
    tmp_path: Path,
) -> None:
    event, her = an_event(), a_person()
    store = SqliteStore.open(tmp_path / "events.sqlite")
    await put(store, event)
    roster = await answered(store, event, her, Answer.GOING)
    store.close()
    again = SqliteStore.open(tmp_path / "events.sqlite")
    assert await read(again, event) == event
    assert await roster_of(again, event, her) == roster
    again.close()


def test_nobody_else_gets_the_file_while_it_is_open(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "events.sqlite")
    with pytest.raises(StoreUnavailable):
        SqliteStore.open(tmp_path / "events.sqlite")
    store.close()
    SqliteStore.open(tmp_path / "events.sqlite").close()


@pytest.mark.anyio
async def test_of_two_who_are_erased_at_once_no_fact_keeps_a_name(
    tmp_path: Path,
) -> None:
    event, her, him = an_event(visibility=Visibility.PRIVATE), a_person(), a_person()
    owner = event.created_by
    assert owner is not None
    store = SqliteStore.open(tmp_path / "events.sqlite")
    await put(store, event)
    await marked(store, event, her, by=him)

    async def erase(user_id: UserId) -> None:
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.persons.erase(user_id, at=event.updated_at)
            await asyncio.sleep(0.01)
            await uow.commit()

    await erase(owner)  # the event goes, and a fact that names both is left
    await asyncio.gather(erase(her), erase(him))
    async with store.unit_of_work(event.tenant_id) as uow:
        facts = await uow.record.facts(event.id)
    assert len(facts) == 2
    assert not [text for text in facts if str(her) in text or str(him) in text]
    store.close()
