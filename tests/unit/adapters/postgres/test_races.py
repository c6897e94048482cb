"""Many at once, on real connections: nothing is lost, nothing counted twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import SUPERUSER
from events_core.domain.answers import Answer, Tally
from events_core.domain.event import Event
from events_core.domain.exposure import Visibility
from events_core.domain.identity import UserId
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.errors import ConcurrentChange
from events_core.testing.builders import (
    a_cause,
    a_message_id,
    a_person,
    an_event,
    arrival_of,
)
from events_core.testing.contracts.store.factory import (
    answered,
    put,
    read,
    retitled,
    roster_of,
    save,
)
from tests.postgres import PATIENT, Connect

ANSWERS = list(Answer)


@pytest.fixture(scope="module")
async def database(app_url: str) -> AsyncIterator[Database]:
    database = Database.at(app_url, connections=20, patience=PATIENT)
    yield database
    await database.close()


async def test_five_hundred_answers_of_one_person_are_one(
    store: PostgresStore,
) -> None:
    event, her = an_event(), a_person()
    await put(store, event)
    await asyncio.gather(
        *(answered(store, event, her, ANSWERS[n % 3]) for n in range(500))
    )
    roster = await roster_of(store, event, her)
    expected = Tally().recounted(before=None, after=roster.rsvps[her])
    assert roster.tally == expected
    async with store.unit_of_work(event.tenant_id) as uow:
        facts = await uow.record.facts(event.id)
        listing = await uow.events.look(event.id, Everything(), Bearer(her))
    assert listing
    assert listing.tally == expected
    assert len(facts) <= 1 + 500


async def test_four_hundred_peoples_answers_are_all_counted(
    store: PostgresStore,
) -> None:
    event = an_event()
    await put(store, event)
    said = {a_person(): ANSWERS[n % 3] for n in range(400)}
    await asyncio.gather(*(answered(store, event, *one) for one in said.items()))
    counts = Counter(answer.value for answer in said.values())
    assert (await roster_of(store, event, a_person())).tally == Tally(
        **counts, seats=counts["going"]
    )
    async with store.unit_of_work(event.tenant_id) as uow:
        assert len(await uow.record.facts(event.id)) == 1 + 400


async def test_of_two_writers_of_one_event_one_wins(store: PostgresStore) -> None:
    for _ in range(10):
        event = an_event()
        await put(store, event)
        outcomes = await asyncio.gather(
            *(save(store, retitled(event, title)) for title in ("Hers", "His")),
            return_exceptions=True,
        )
        assert sorted(map(str, outcomes)) == sorted(["None", str(ConcurrentChange())])
        async with store.unit_of_work(event.tenant_id) as uow:
            assert len(await uow.record.versions(event.id)) == 2
            assert len(await uow.record.facts(event.id)) == 2


async def erase(store: PostgresStore, event: Event, user_id: UserId) -> None:
    async with store.unit_of_work(event.tenant_id) as uow:
        await uow.persons.erase(user_id, at=event.updated_at)
        await uow.commit()


async def answer_if_there(store: PostgresStore, event: Event) -> None:
    """Answer an event that may go at any moment."""
    async with store.unit_of_work(event.tenant_id) as uow:
        her = a_person()
        claimed = await uow.rosters.claim(event.id, event.occurrence, her)
        if claimed is not None:
            given = claimed.answer(
                event, her, Answer.GOING, cause=a_cause(), message_id=a_message_id()
            )
            await uow.rosters.save(given)
            await uow.commit()


async def test_erasing_a_person_while_others_answer_loses_nothing(
    store: PostgresStore,
) -> None:
    for _ in range(5):
        her, event = a_person(), an_event()
        hers = an_event(
            tenant_id=event.tenant_id, created_by=her, visibility=Visibility.PRIVATE
        )
        await put(store, event, hers)
        await answered(store, event, her, Answer.GOING)
        await answered(store, hers, her, Answer.GOING)
        others = [answered(store, event, a_person(), Answer.GOING) for _ in range(20)]
        await asyncio.gather(
            *others[:10],
            *(answer_if_there(store, hers) for _ in range(10)),
            erase(store, event, her),
            *others[10:],
            erase(store, event, her),
        )
        assert (await roster_of(store, event, her)).tally == Tally(going=20, seats=20)
        assert await read(store, hers) is None


@pytest.fixture
async def slow_commits(
    connect: Connect,
) -> AsyncIterator[Callable[[float], Awaitable[None]]]:
    """Return what makes the commit of a new event take so many seconds."""
    superuser = await connect(SUPERUSER)

    async def take(seconds: float) -> None:
        await superuser.execute(
            f"""
            CREATE OR REPLACE FUNCTION events.dawdle() RETURNS trigger
            LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END';
            DROP TRIGGER IF EXISTS dawdle ON events.event;
            CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON events.event
            DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION events.dawdle()
            """
        )

    yield take
    await superuser.execute(
        "DROP TRIGGER dawdle ON events.event; DROP FUNCTION events.dawdle"
    )


async def test_a_commit_that_a_deadline_falls_into_is_made_and_told(
    store: PostgresStore, slow_commits: Callable[[float], Awaitable[None]]
) -> None:
    await slow_commits(0.5)
    event = an_event()
    async with store.unit_of_work(event.tenant_id) as uow:
        await uow.events.save(arrival_of(event))
        async with asyncio.timeout(0.1) as deadline:
            await uow.commit()
        assert deadline.expired()
    assert await read(store, event) == event


async def test_a_commit_that_takes_for_ever_is_given_up(
    store: PostgresStore, slow_commits: Callable[[float], Awaitable[None]]
) -> None:
    await slow_commits(60)
    event = an_event()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(put(store, event), 1)
    assert await read(store, event) is None
