"""Who may do what: every operation by every kind of actor, against a table by hand.

The table is written from the rules, not from the code. An operation without a row
fails here.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from attrs import evolve

from adapters import signing
from adapters.http.handling import Operation
from adapters.http.routes import OPERATIONS
from events_core import Actor, Role, Scope
from events_core.testing.builders import a_community, an_actor
from tests.unit.adapters.http.edge.toy import EVENTS
from tests.unit.adapters.http.world import World

#: One letter for each kind of actor, in the order of the rows.
ACTORS = {
    "0": "nobody: a signed context that names no person",
    "s": "a stranger",
    "m": "a member of the event's community",
    "v": "a viewer of the event",
    "c": "who checks in at it",
    "e": "an editor of it",
    "o": "an owner of it",
    "g": "an organiser of the community, and a member",
    "x": "an organiser and member of another community",
    "a": "a system admin",
    "b": "a system admin who is a member",
    "u": "an owner who is suspended",
    "t": "an organiser of another tenant",
}

#: She may ask; that it cannot be done, or that she said it wrongly, is another matter.
LET_IN = {409, 422}

OUTCOMES = {"+": "done", "a": "401", "f": "403", "n": "404"}

#               0smvceogxabut
READING = "an++++++nn+fn"
EDITING = "anfff+++nn+fn"
EXPECTING = "anff++++nn+fn"
OWNING = "anffff++nn+fn"
FOR_OTHERS = "anfffff+nn+fn"
MARKING = "anff+ff+nn+fn"
SUBSCRIBING = "affffffff++f+"
SUBSCRIBED = "affffffff++fn"
#: Nothing has died yet: who may look finds that there is none.
LETTER = "affffffffnnfn"
SPEAKING = "affffffff++ff"

TABLE = {
    "listEvents": "a++++++++++f+",
    "createEvent": "affffff+f++f+",
    "createEvents": "affffff+f++f+",
    "describeMe": "a++++++++++++",
    "getEvent": READING,
    "getCalendarFile": READING,
    "explainEvent": READING,
    "getPass": READING,
    "setRsvp": READING,
    "withdrawRsvp": READING,
    "setRsvpFor": FOR_OTHERS,
    "listAnswers": EXPECTING,
    "updateEvent": EDITING,
    "readSeats": EDITING,
    "promoteWaiting": EDITING,
    "getNumbers": EDITING,
    "sumUp": SUBSCRIBING,
    "readHistory": EDITING,
    "readVersion": EDITING,
    "compareVersions": EDITING,
    "rollBackEvent": EDITING,
    "publishEvent": EDITING,
    "postponeEvent": EDITING,
    "cancelEvent": EDITING,
    "completeEvent": EDITING,
    "deleteEvent": OWNING,
    "restoreEvent": "annnnf++nn+fn",
    "readRoles": OWNING,
    "giveRole": OWNING,
    "takeRole": OWNING,
    "giveCommunityRole": OWNING,
    "takeCommunityRole": OWNING,
    "giveTeamRole": OWNING,
    "takeTeamRole": OWNING,
    "markAttendance": MARKING,
    "markMany": MARKING,
    "undoAttendance": MARKING,
    "checkIn": MARKING,
    "listAttendance": MARKING,
    "listExpected": MARKING,
    "listSubscriptions": SUBSCRIBING,
    "createSubscription": SUBSCRIBING,
    "getSubscription": SUBSCRIBED,
    "updateSubscription": SUBSCRIBED,
    "deleteSubscription": SUBSCRIBED,
    "rotateSecret": SUBSCRIBED,
    "listDeliveries": SUBSCRIBED,
    "listDeadLetters": SUBSCRIBED,
    "retryDeadLetters": SUBSCRIBED,
    "getDeadLetter": LETTER,
    "retryDeadLetter": LETTER,
    "sendTest": SUBSCRIBED,
    "replayFacts": SUBSCRIBED,
    "pullFacts": SUBSCRIBING,
    "readAudit": SUBSCRIBING,
    "exportPerson": SPEAKING,
    "erasePerson": SPEAKING,
}

PERSON = str(uuid4())
COMMUNITY = a_community()
HOOK = {"url": "https://hooks.example.org/in"}
IN_COMMUNITY = {"scopeType": "COMMUNITY", "scopeId": str(COMMUNITY.id)}
BODIES: Mapping[str, object] = {
    "createEvent": {
        "title": "Go",
        "startsAt": "2027-04-01T19:00:00Z",
        **IN_COMMUNITY,
    },
    "createEvents": {
        "events": [{"title": "Go", "startsAt": "2027-04-01T19:00:00Z", **IN_COMMUNITY}]
    },
    "checkIn": {"pass": "a pass that is none"},
    "updateEvent": {"title": "Go"},
    "rollBackEvent": {"version": 1},
    "setRsvp": {"status": "going"},
    "setRsvpFor": {"status": "going"},
    "promoteWaiting": {"first": 1},
    "giveRole": {"role": "viewer"},
    "giveCommunityRole": {"role": "viewer"},
    "giveTeamRole": {"role": "viewer"},
    "markAttendance": {"userId": PERSON},
    "markMany": {"marks": [{"userId": PERSON}]},
    "createSubscription": HOOK,
    "updateSubscription": {"description": "Ours"},
    "replayFacts": {"fromPosition": 1},
}
QUERIES = {"compareVersions": "?from=1&to=1"}
#: What can be completed, and marked, has begun.
BEGUN = {
    "completeEvent",
    "markAttendance",
    "markMany",
    "undoAttendance",
    "listAttendance",
}


def test_every_operation_has_its_row_and_every_row_every_actor() -> None:
    assert TABLE.keys() == {operation.operation_id for operation in OPERATIONS}
    assert {len(row) for row in TABLE.values()} == {len(ACTORS)}
    assert set("".join(TABLE.values())) == OUTCOMES.keys()


@pytest.mark.parametrize(
    "operation", OPERATIONS, ids=[operation.operation_id for operation in OPERATIONS]
)
async def test_what_becomes_of_it_is_what_the_table_says(
    operation: Operation,
) -> None:
    world, told = World(), ""
    for kind in ACTORS:
        event = await an_event(world, operation.operation_id)
        made = await world.ask("POST", "/subscriptions", HOOK)
        named = {
            **dict.fromkeys(("user_id", "group_id"), PERSON),
            "version": "1",
            "event_id": event["id"],
            "subscription_id": made.json()["id"],
            "message_id": PERSON,
        }
        path = operation.path.format(**named).removeprefix("/events") or "/"
        path += QUERIES.get(operation.operation_id, "")
        body = BODIES.get(operation.operation_id)
        if kind == "0":
            headers = world.signed_headers(operation.method, EVENTS + path)
            del headers[signing.USER_ID]
            answer = await world.send(operation.method, EVENTS + path, b"", headers)
        else:
            actor = await somebody(world, kind, event["id"])
            answer = await asked(world, actor, operation.method, path, body)
        told += outcome(answer)
    assert told == TABLE[operation.operation_id]


async def an_event(world: World, operation_id: str) -> dict[str, Any]:
    """Return an event of the community that its members see, in the state it needs."""
    begun = {"startsAt": "2027-03-21T18:30:00Z", "endsAt": "2027-03-21T21:00:00Z"}
    times = begun if operation_id in BEGUN else {}
    world.memberships.add(world.organizer, COMMUNITY)
    event = await world.create(visibility="community", **IN_COMMUNITY, **times)
    if operation_id == "restoreEvent":
        await world.ask("DELETE", f"/{event['id']}")
    return event


async def somebody(world: World, kind: str, event_id: str) -> Actor:
    """Return an actor of a kind."""
    actor = an_actor(None if kind == "t" else world.organizer.tenant_id)
    other = a_community()
    roles = {
        "v": Role.VIEWER,
        "c": Role.CHECKIN,
        "e": Role.EDITOR,
        "o": Role.OWNER,
        "u": Role.OWNER,
    }
    if kind in roles:
        await given(world, actor, event_id, roles[kind])
    match kind:
        case "m" | "b":
            world.memberships.add(actor, COMMUNITY)
        case "g":
            world.memberships.add(actor, COMMUNITY)
            world.access.bind(actor, COMMUNITY)
        case "x":
            world.memberships.add(actor, other)
            world.access.bind(actor, other)
        case "t":
            world.memberships.add(actor, COMMUNITY)
            world.access.bind(actor, Scope.of_tenant(actor.tenant_id))
    flags = evolve(actor.flags, system_admin=kind in {"a", "b"}, suspended=kind == "u")
    return evolve(actor, flags=flags)


async def given(world: World, actor: Actor, event_id: str, role: Role) -> None:
    """Have the organizer give a role, also on an event that is deleted."""
    path = f"/{event_id}/roles/{actor.user_id}"
    answer = await world.ask("PUT", path, {"role": role.value})
    assert answer.status_code == 200, answer.text


async def asked(
    world: World, actor: Actor, method: str, path: str, body: object
) -> httpx.Response:
    """Ask as that actor, with the flags the platform gives her."""
    flags = None
    if actor.flags.system_admin:
        flags = '{"system_admin": true}'
    if actor.flags.suspended:
        flags = '{"suspended": true}'
    return await world.ask(method, path, body, by=actor, flags=flags)


def outcome(answer: httpx.Response) -> str:
    """Return the letter of what became of a request."""
    letters = {401: "a", 403: "f", 404: "n"}
    if answer.is_success or answer.status_code in LET_IN:
        return "+"
    assert answer.status_code in letters, answer.text
    return letters[answer.status_code]
