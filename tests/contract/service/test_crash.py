"""The process is killed while it works: what it said is done is done, once."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import randrange
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.contract.service.caller import (
    SOON,
    Caller,
    Person,
    calling,
    somebody_of,
)
from tests.contract.service.conftest import MakePlace
from tests.contract.service.database import Place
from tests.contract.service.process import Service

Kept = dict[str, Any]


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """A database of a test's own, for its rows are counted."""
    return make_place()


@pytest.fixture
def service(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    cwd = tmp_path_factory.mktemp("service")
    with Service(cwd, EVENTS_DIRECTORY="local", **place.settings) as running:
        yield running


async def test_what_was_acknowledged_before_a_kill_is_there_after_it(
    service: Service, place: Place
) -> None:
    """Killed again and again; the next start needs nobody but who starts it."""
    anna, acknowledged, told = Person(), asyncio.Queue[Kept](), list[Kept]()
    for _ in range(3):
        async with calling(service.url) as caller:
            writers = [
                asyncio.create_task(write_on(caller, anna, acknowledged))
                for _ in range(10)
            ]
            for _ in range(randrange(10, 40)):
                told.append(await acknowledged.get())
            service.kill()
            await asyncio.gather(*writers)
        service.start()
    while not acknowledged.empty():
        told.append(acknowledged.get_nowait())
    async with calling(service.url) as caller:
        for one in told:
            answer = await caller.ask("GET", f"/{one['id']}", by=one["by"])
            shown = answer.json()
            assert {**shown, **one["said"]} == shown
    marked = await place.rows("SELECT event_id::text FROM events.attendance")
    assert {one["id"] for one in told if one["marked"]} <= {row[0] for row in marked}
    await check_books(place)


async def write_on(
    caller: Caller, anna: Person, acknowledged: "asyncio.Queue[Kept]"
) -> None:
    """Create, change, answer and mark until nobody is there, noting what was told."""
    try:
        while True:
            title = f"Title {uuid4()}"
            starts = datetime.now(UTC) + timedelta(hours=1)
            event = await caller.create(
                by=anna, title=title, startsAt=starts.isoformat()
            )
            url, her = f"/{event['id']}", somebody_of(anna.tenant)
            note = {"id": event["id"], "by": her, "marked": False}
            acknowledged.put_nowait({**note, "said": {"title": title}})
            changed = await caller.ask(
                "PATCH", url, {"description": title}, by=anna.as_admin()
            )
            assert changed.status_code == 200
            acknowledged.put_nowait({**note, "said": {"description": title}})
            said = await caller.ask("POST", f"{url}/rsvp", {"status": "going"}, by=her)
            assert said.status_code == 200
            acknowledged.put_nowait({**note, "said": {"myRsvp": "going"}})
            body = {"userId": str(her.user)}
            marked = await caller.ask(
                "POST", f"{url}/attendance", body, by=anna.as_admin()
            )
            assert marked.status_code == 200
            acknowledged.put_nowait({**note, "said": {}, "marked": True})
    except httpx.TransportError:
        return


async def check_books(place: Place) -> None:
    """Check that counts are what they count, and every change has its fact."""
    [[wrong]] = await place.rows(
        """
        SELECT count(*) FROM events.tally
        JOIN events.event USING (tenant_id, event_id)
        LEFT JOIN LATERAL (
            SELECT count(*) FILTER (WHERE answer = 'going') AS going,
                count(*) FILTER (WHERE answer <> 'going') AS others
            FROM events.rsvp
            WHERE rsvp.tenant_id = tally.tenant_id AND rsvp.event_id = tally.event_id
        ) AS counted ON true
        WHERE tally.going <> counted.going
            OR tally.interested + tally.not_going <> counted.others
        """
    )
    assert wrong == 0
    counts = await place.counts()
    # Nobody answered or was marked twice, so each of these was one change.
    changes = counts["event_version"] + counts["rsvp"] + counts["attendance"]
    assert counts["outbox"] == changes > 0
    assert counts["event"] == counts["occurrence"] == counts["tally"]
    assert counts["event"] == counts["event_role"]
    [[unversioned]] = await place.rows(
        """
        SELECT count(*) FROM events.event
        WHERE version <> (
            SELECT count(*) FROM events.event_version
            WHERE event_version.event_id = event.event_id
        )
        """
    )
    assert unversioned == 0


async def test_a_create_cut_off_by_a_kill_is_made_once_by_its_repetition(
    service: Service, place: Place
) -> None:
    anna = Person()
    body = {"title": "Once", "startsAt": SOON}
    ids = [str(uuid4()) for _ in range(40)]

    async def create(caller: Caller, request_id: str) -> UUID | None:
        try:
            answer = await caller.ask(
                "POST", "/", body, by=anna.as_admin(), request_id=request_id
            )
        except httpx.TransportError:
            return None
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    async with calling(service.url) as caller:
        creating = {one: asyncio.create_task(create(caller, one)) for one in ids}
        await asyncio.wait(creating.values(), return_when=asyncio.FIRST_COMPLETED)
        service.kill()
        before = {one: await task for one, task in creating.items()}
    assert None in before.values()
    assert {*before.values()} != {None}
    await let_leases_end(place)
    service.start()
    async with calling(service.url) as caller:
        after = {one: await create(caller, one) for one in ids}
        again = {one: await create(caller, one) for one in ids}
        page = await caller.listed("?limit=1", by=anna)
    for request_id, event_id in before.items():
        assert event_id in {None, after[request_id]}
    assert after == again
    assert len({*after.values()}) == page["meta"]["total"] == len(ids)
    await check_books(place)


async def let_leases_end(place: Place) -> None:
    """Have the time pass in which nobody else may do what the dead one began."""
    await place.rows(
        "UPDATE events.repeat SET leased_until = now() WHERE leased_until IS NOT NULL"
    )


async def test_who_repeats_a_create_of_one_that_died_waits_and_gets_the_same_event(
    service: Service, place: Place
) -> None:
    anna, request_id = Person(), str(uuid4())
    async with calling(service.url) as caller:
        await caller.create(by=anna)
        first = await caller.ask(
            "POST",
            "/",
            {"title": "Once", "startsAt": SOON},
            by=anna.as_admin(),
            request_id=request_id,
        )
        assert first.status_code == 201
        # As if it had died between the commit and the keeping of its answer.
        await place.rows(
            "UPDATE events.repeat SET status = NULL, headers = NULL, body = NULL,"
            " leased_until = now() + interval '2 seconds' WHERE status IS NOT NULL"
        )
        second = await caller.ask(
            "POST",
            "/",
            {"title": "Once", "startsAt": SOON},
            by=anna.as_admin(),
            request_id=request_id,
        )
        assert second.status_code == 201
        assert second.json()["id"] == first.json()["id"]
        assert (await caller.listed(by=anna))["meta"]["total"] == 2
