"""What the tutorial says of its store, beside the promises of every store."""

from pathlib import Path

import pytest

from docs.tutorial.sqlite_store import SqliteDocuments
from events_core.documents import DocumentStore
from events_core.domain.answers import Answer, Tally
from events_core.errors import StoreUnavailable
from events_core.ports.documents import Write
from events_core.testing.builders import a_person, a_tenant, an_event
from events_core.testing.contracts.store.factory import (
    answered,
    put,
    read,
    roster_of,
)


@pytest.mark.anyio
async def test_what_was_committed_is_there_when_the_file_is_opened_again(
    tmp_path: Path,
) -> None:
    event, her = an_event(), a_person()
    documents = SqliteDocuments.open(tmp_path / "events.sqlite")
    await put(DocumentStore(documents), event)
    roster = await answered(DocumentStore(documents), event, her, Answer.GOING)
    documents.close()
    again = SqliteDocuments.open(tmp_path / "events.sqlite")
    assert await read(DocumentStore(again), event) == event
    assert await roster_of(DocumentStore(again), event, her) == roster
    again.close()


def test_nobody_else_gets_the_file_while_it_is_open(tmp_path: Path) -> None:
    documents = SqliteDocuments.open(tmp_path / "events.sqlite")
    with pytest.raises(StoreUnavailable):
        SqliteDocuments.open(tmp_path / "events.sqlite")
    documents.close()
    SqliteDocuments.open(tmp_path / "events.sqlite").close()


@pytest.mark.anyio
async def test_what_fails_halfway_is_not_written_at_all(tmp_path: Path) -> None:
    documents, tenant_id = SqliteDocuments.open(tmp_path / "events.sqlite"), a_tenant()
    good = Write(Tally, ("good",), Tally())
    with pytest.raises(TypeError):
        await documents.write(tenant_id, [good, Write(object, ("bad",), object())])
    assert await documents.find(tenant_id, Tally, ()) == {}
    await documents.write(tenant_id, [good])
    assert await documents.find(tenant_id, Tally, ()) == {("good",): Tally()}
    documents.close()
