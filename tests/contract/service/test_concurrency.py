"""Many at once, against one process with twenty connections: nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from uuid import UUID, uuid4

import httpx

from tests.contract.service.caller import Caller, Person, insist, somebody_of
from tests.contract.service.database import Place

ANSWERS = ("going", "interested", "not_going")


def codes(answers: Iterable[httpx.Response]) -> Counter[str]:
    """Count how requests ended."""
    return Counter(
        answer.json()["error"]["code"] if answer.is_error else "done"
        for answer in answers
    )


async def test_two_writers_without_a_precondition_both_get_their_way(
    caller: Caller, place: Place
) -> None:
    anna = Person()
    event = await caller.create(by=anna)
    url, admin = f"/{event['id']}", anna.as_admin()
    for round_ in range(10):
        title, text = f"Title {round_}", f"Text {round_}"
        answers = await asyncio.gather(
            caller.ask("PATCH", url, {"title": title}, by=admin),
            caller.ask("PATCH", url, {"description": text}, by=admin),
        )
        assert codes(answers) == {"done": 2}
        now = (await caller.ask("GET", url, by=anna)).json()
        assert (now["title"], now["description"]) == (title, text)
    assert now["version"] == 21
    state = await place.state_of(UUID(event["id"]))
    assert (state["versions"], state["facts"]) == (21, 21)


async def test_of_many_writers_every_change_is_told_or_refused(
    caller: Caller, place: Place
) -> None:
    anna = Person()
    event = await caller.create(by=anna)
    url = f"/{event['id']}"
    answers = await asyncio.gather(
        *(
            caller.ask("PATCH", url, {"title": f"Writer {n}"}, by=anna.as_admin())
            for n in range(12)
        )
    )
    told = codes(answers)
    assert told.keys() <= {"done", "CONCURRENT_CHANGE"}
    done = [answer.json() for answer in answers if answer.is_success]
    assert sorted(one["version"] for one in done) == [*range(2, len(done) + 2)]
    last = max(done, key=lambda one: int(one["version"]))
    assert (await caller.ask("GET", url, by=anna)).json()["title"] == last["title"]
    state = await place.state_of(UUID(event["id"]))
    assert (state["versions"], state["facts"]) == (1 + len(done), 1 + len(done))


async def test_of_two_hundred_edits_each_is_in_one_version_or_was_refused(
    caller: Caller, place: Place
) -> None:
    anna = Person()
    event = await caller.create(by=anna)
    url, admin = f"/{event['id']}", anna.as_admin()
    titles = {f"Writer {n}": {"title": f"Writer {n}"} for n in range(200)}
    answers = await asyncio.gather(
        *(insist(caller, "PATCH", url, body, by=admin) for body in titles.values())
    )
    told = codes(answers)
    assert told.keys() <= {"done", "CONCURRENT_CHANGE"}
    accepted = {
        title
        for title, answer in zip(titles, answers, strict=True)
        if answer.is_success
    }
    history = (await caller.ask("GET", f"{url}/history?limit=250", by=admin)).json()
    versions = history["items"][::-1]
    assert [v["version"] for v in versions] == [*range(1, len(accepted) + 2)]
    steps = [version["changes"]["title"] for version in versions[1:]]
    assert {new for _, new in steps} == accepted
    assert [old for old, _ in steps] == ["Chess night", *(n for _, n in steps)][:-1]
    state = await place.state_of(UUID(event["id"]))
    assert (state["versions"], state["facts"]) == (len(versions), len(versions))
    entries = await place.rows(
        "SELECT event_version, names FROM events.audit_entry"
        " WHERE event_id = $1 ORDER BY event_version",
        UUID(event["id"]),
    )
    edits = [(version["version"], ["title"]) for version in versions[1:]]
    assert entries == [(1, []), *edits]


async def test_of_two_writers_on_one_version_one_wins(caller: Caller) -> None:
    anna = Person()
    event = await caller.create(by=anna)
    url = f"/{event['id']}"
    answers = await asyncio.gather(
        *(
            caller.ask(
                "PATCH",
                url,
                {"title": f"Writer {n}", "expectedVersion": 1},
                by=anna.as_admin(),
            )
            for n in range(12)
        )
    )
    assert codes(answers) == {"done": 1, "VERSION_MISMATCH": 11}
    [winner] = [answer.json() for answer in answers if answer.is_success]
    assert (await caller.ask("GET", url, by=anna)).json() == winner


async def test_five_hundred_answers_of_one_person_are_one_answer(
    caller: Caller, place: Place
) -> None:
    anna = Person()
    event = await caller.create(by=anna)
    url = f"/{event['id']}/rsvp"
    said = cycle(ANSWERS)
    answers = await asyncio.gather(
        *(
            insist(caller, "POST", url, {"status": next(said)}, by=anna)
            for _ in range(500)
        )
    )
    assert codes(answers) == {"done": 500}
    state = await place.state_of(UUID(event["id"]))
    counts = {name: state[name] for name in ANSWERS}
    last = (await caller.ask("GET", f"/{event['id']}", by=anna)).json()["myRsvp"]
    assert state["rsvps"] == 1
    assert counts == {**dict.fromkeys(ANSWERS, 0), last: 1}


async def test_the_answers_of_four_hundred_people_are_all_counted(
    caller: Caller, place: Place
) -> None:
    anna = Person()
    event = await caller.create(by=anna)
    url = f"/{event['id']}/rsvp"
    said = cycle(ANSWERS)
    answers = await asyncio.gather(
        *(
            insist(
                caller,
                "POST",
                url,
                {"status": next(said)},
                by=somebody_of(anna.tenant),
            )
            for _ in range(400)
        )
    )
    assert codes(answers) == {"done": 400}
    state = await place.state_of(UUID(event["id"]))
    assert state == {
        "rsvps": 400,
        "going": 134,
        "interested": 133,
        "not_going": 133,
        "versions": 1,
        "facts": 401,
    }
    shown = (await caller.ask("GET", f"/{event['id']}", by=anna)).json()
    assert shown["rsvpCounts"] == {
        "going": 134,
        "interested": 133,
        "notGoing": 133,
        "not_going": 133,
    }


async def test_a_create_sent_again_and_again_makes_one_event(
    caller: Caller, place: Place
) -> None:
    anna = Person()
    request_id = str(uuid4())
    body = {"title": "Once", "startsAt": "2031-05-05T19:00:00Z"}

    def create() -> asyncio.Task[httpx.Response]:
        asking = caller.ask(
            "POST", "/", body, by=anna.as_admin(), request_id=request_id
        )
        return asyncio.create_task(asking)

    answers = await asyncio.gather(*(create() for _ in range(20)))
    answers.append(await create())
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    replayed = [a for a in answers if "Idempotency-Replayed" in a.headers]
    assert len(replayed) == 20
    assert (await caller.listed(by=anna))["meta"]["total"] == 1
    state = await place.state_of(UUID(answers[0].json()["id"]))
    assert (state["versions"], state["facts"]) == (1, 1)


async def test_one_idempotency_key_makes_one_event_for_each_who_uses_it(
    caller: Caller,
) -> None:
    anna = Person()
    boris = somebody_of(anna.tenant)
    body = {
        "title": "Once each",
        "startsAt": "2031-05-05T19:00:00Z",
        "idempotencyKey": "the same",
    }
    answers = await asyncio.gather(
        *(
            caller.ask("POST", "/", body, by=person.as_admin())
            for person in [anna, boris] * 10
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 2
    assert (await caller.listed(by=anna))["meta"]["total"] == 2


async def test_marks_of_one_person_at_once_leave_the_first(
    caller: Caller, place: Place
) -> None:
    anna, boris = Person(), uuid4()
    starts = datetime.now(UTC) + timedelta(hours=1)
    event = await caller.create(by=anna, startsAt=starts.isoformat())
    answers = await asyncio.gather(
        *(
            caller.ask(
                "POST",
                f"/{event['id']}/attendance",
                {"userId": str(boris)},
                by=somebody_of(anna.tenant).as_admin(),
            )
            for _ in range(20)
        )
    )
    marks = [answer.json() for answer in answers]
    assert [mark["created"] for mark in marks].count(True) == 1
    [first] = {(mark["markedBy"], mark["markedAt"]) for mark in marks}
    kept = await place.rows(
        "SELECT marked_by::text FROM events.attendance WHERE user_id = $1", boris
    )
    assert kept == [(first[0],)]
