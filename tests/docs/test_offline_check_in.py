"""The example for a device at the door: it lets in whom the service would."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from docs.examples.call_the_service import Caller
from docs.examples.check_in_offline import Gate, opened
from tests.unit.adapters.http.edge.toy import SECRET
from tests.unit.adapters.http.promises.hooks import TENANT, USER

HOUR = timedelta(hours=1)


def caller_of(address: str, user: UUID) -> Caller:
    return Caller(address, SECRET, UUID(TENANT), "demo", user)


@pytest.fixture
def organizer(address: str) -> Caller:
    return caller_of(address, UUID(USER))


@pytest.fixture
def event(organizer: Caller) -> str:
    """An event that begins in an hour and takes no walk-ins."""
    begins = (datetime.now(UTC) + HOUR).isoformat()
    fields = {"title": "At the door", "startsAt": begins, "walkIns": False}
    status, made = organizer.call("POST", "/api/v1/events/", fields)
    assert status == 201
    return f"/api/v1/events/{made['id']}"


def guest_with_pass(address: str, event: str) -> tuple[Caller, str]:
    guest = caller_of(address, uuid4())
    assert guest.call("POST", f"{event}/rsvp", {"status": "going"})[0] == 200
    return guest, guest.call("GET", f"{event}/pass")[1]["pass"]


def gate_of(organizer: Caller, event: str, name: str) -> Gate:
    _, answer = organizer.call("GET", f"{event}/checkin-list")
    return Gate(name, opened(answer["list"], answer["key"])["expected"])


def told(results: list[dict[str, Any]]) -> dict[str, str | None]:
    assert [one["error"] for one in results] == [None] * len(results)
    return {one["userId"]: one["conflict"] for one in results}


def test_two_gates_end_in_the_same_state(
    address: str, organizer: Caller, event: str
) -> None:
    (early, her), (late, his), (gone, theirs) = (
        guest_with_pass(address, event) for _ in range(3)
    )
    north, south = (gate_of(organizer, event, name) for name in ("north", "south"))
    _, stranger = guest_with_pass(address, event)  # after the lists were made
    now = datetime.now(UTC)
    assert north.admit(stranger, now) is None
    assert north.admit(f"{her}\n", now - 2 * timedelta(minutes=1)) == str(early.user_id)
    assert north.admit(his, now) == str(late.user_id)
    assert south.admit(his, now - timedelta(minutes=1)) == str(late.user_id)
    assert south.admit(theirs, now) == str(gone.user_id)
    assert gone.call("DELETE", f"{event}/rsvp")[0] == 204
    event_id = event.rpartition("/")[2]
    copies = [[*north.waiting], [*south.waiting]]
    first = told(list(north.upload(organizer.call, event_id)))
    assert first == {str(early.user_id): None, str(late.user_id): None}
    second = told(list(south.upload(organizer.call, event_id)))
    assert second == {str(late.user_id): None, str(gone.user_id): "revoked"}
    listed = organizer.call("GET", f"{event}/attendance")
    north.waiting, south.waiting = copies
    south.waiting.reverse()
    for gate in (south, north):
        again = told(list(gate.upload(organizer.call, event_id)))
        assert set(again.values()) == {None}
    assert organizer.call("GET", f"{event}/attendance") == listed
    assert listed[1]["meta"]["total"] == 3


def test_marks_wait_until_somebody_answers(
    address: str, organizer: Caller, event: str
) -> None:
    guest, text = guest_with_pass(address, event)
    gate = gate_of(organizer, event, "east")
    gate.admit(text, datetime.now(UTC))
    event_id = event.rpartition("/")[2]
    assert list(gate.upload(lambda *_: (503, None), event_id)) == []
    assert len(gate.waiting) == 1
    assert told(list(gate.upload(organizer.call, event_id))) == {
        str(guest.user_id): None
    }
    assert gate.waiting == []


def test_a_list_that_was_changed_is_found_out(organizer: Caller, event: str) -> None:
    _, answer = organizer.call("GET", f"{event}/checkin-list")
    header, payload, seal = answer["list"].split(".")
    with pytest.raises(ValueError, match="changed"):
        opened(f"{header}.{payload[:-1]}A.{seal}", answer["key"])
    with pytest.raises(ValueError, match="another way"):
        opened(f"eyJhbGciOiJub25lIn0.{payload}.", answer["key"])
