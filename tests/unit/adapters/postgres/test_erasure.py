"""What is left of a person who was erased, looked for in every table there is."""

from datetime import timedelta

import asyncpg
import pytest
from attrs import evolve, fields, frozen

from adapters.postgres import Database, LocalDirectory, PostgresRepeats, PostgresStore
from adapters.postgres.embedded import SUPERUSER
from events_core import (
    Actor,
    Answer,
    CreateEvent,
    GiveRole,
    MarkAttendance,
    MoveEvent,
    Revision,
    Role,
    RollBackEvent,
    Scope,
    SetRsvp,
    SetRsvpFor,
    Status,
    UndoAttendance,
    UpdateEvent,
    create_event,
    erase_person,
    export_person,
    give_role,
    mark_attendance,
    move_event,
    roll_back_event,
    set_rsvp,
    set_rsvp_for,
    undo_attendance,
    update_event,
)
from events_core.errors import PermissionDenied
from events_core.ports.repeats import Claimed, KeptAnswer, RepeatKey
from events_core.ports.store import PersonalData
from events_core.testing.builders import a_community, an_actor, new_uuid
from events_core.testing.wired import MemoryCore
from tests.postgres import Connect

#: What the columns that are ids of other things than people have in them.
NO_PEOPLE = {
    "event_id",
    "lane",
    "lease_token",
    "message_id",
    "scope_id",
    "seed",
    "subject_id",
    "subscription_id",
    "tenant_id",
}

#: Where a person can stand, and in what of her data that shows. None is for what is
#: the same as something else: an occurrence is its event, a fact is told as a whole.
SHOWN_IN = {
    "attendance.marked_by": "marked",
    "attendance.user_id": "attendance",
    "attendance_nonce.marked_by": "nonces",
    "attendance_nonce.user_id": "nonces",
    "audit_count.done_by": "attempts",
    "audit_entry.done_by": "audit",
    "audit_entry.whom": "audit",
    "event.created_by": "events_created",
    "event_role.granted_by": "roles_given",
    "event_role.holder_id": "events_with_role",
    "event_version.made_by": "versions",
    "membership.user_id": "memberships",
    "notice.user_id": "notices",
    "occurrence.created_by": "events_created",
    "outbox.about": "facts",
    "outbox.done_by": "facts",
    "repeat.user_id": "kept_answers",
    "role_binding.user_id": "role_bindings",
    "rsvp.given_by": "answered_for",
    "rsvp.user_id": "rsvps",
    "seat_movement.made_by": "movements",
    "seat_movement.user_id": "movements",
}

#: What she writes, and what is written about her alone.
WRITTEN = ("For health's sake", "I am needed", "No nuts, please", "She was ill-bred")

_COLUMNS = """
SELECT relname || '.' || attname AS place, relname, attname
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'events'::regnamespace AND relkind IN ('r', 'p')
    AND attnum > 0 AND NOT attisdropped AND NOT relispartition
    AND (atttypid = 'uuid'::regtype OR $1)
"""


@frozen
class Town:
    """A tenant in which a person did everything there is to do."""

    core: MemoryCore
    her: Actor
    him: Actor
    written: tuple[str, ...]


@pytest.fixture
async def town(database: Database) -> Town:
    core = MemoryCore(store=PostgresStore(database))
    tenant = an_actor()
    her, him, guest = (an_actor(tenant.tenant_id) for _ in range(3))
    written = tuple(f"{text} ({new_uuid()})" for text in WRITTEN)
    core.access.bind(her, Scope.of_tenant(her.tenant_id))
    core.access.bind(him, Scope.of_tenant(him.tenant_id))
    starts_at = core.clock.now() + timedelta(hours=1)
    made = await create_event(
        core, her, CreateEvent(title="Chess", starts_at=starts_at, capacity=9)
    )
    event_id = made.id
    for holder in (him.user_id, a_community()):
        role = GiveRole(event_id=event_id, holder=holder, role=Role.EDITOR)
        await give_role(core, her, role)
    mine = SetRsvp(event_id=event_id, answer=Answer.GOING, comment=written[2])
    await set_rsvp(core, her, mine)
    for by, who, reason in ((her, guest, written[1]), (him, her, written[3])):
        await set_rsvp_for(
            core,
            by,
            SetRsvpFor(
                event_id=event_id,
                answer=Answer.GOING,
                user_id=who.user_id,
                guests=0 if who is guest else 1,
                force=True,
                reason=reason,
            ),
        )
    await set_rsvp(core, her, mine)
    for by, who in ((her, guest), (him, her)):
        mark = MarkAttendance(
            event_id=event_id, user_id=who.user_id, nonce=f"scan of {new_uuid()}"
        )
        await mark_attendance(core, by, mark)
        await undo_attendance(
            core, by, UndoAttendance(event_id=event_id, user_id=who.user_id)
        )
        await mark_attendance(core, by, evolve(mark, nonce=f"{new_uuid()}"))
    later = Revision(starts_at=starts_at + timedelta(hours=1))
    await update_event(
        core, her, UpdateEvent(event_id=event_id, revision=later, reason=written[0])
    )
    back = RollBackEvent(
        event_id=event_id, version=1, fields=("starts_at",), reason=written[0]
    )
    await roll_back_event(core, her, back)
    for status in (Status.CANCELLED, Status.PUBLISHED):
        move = MoveEvent(event_id=event_id, to=status, reason=written[0])
        await move_event(core, her, move)
    with pytest.raises(PermissionDenied):
        await export_person(core, her, guest.user_id)
    await _kept_elsewhere(database, core, her)
    return Town(core, her, him, written)


async def _kept_elsewhere(database: Database, core: MemoryCore, her: Actor) -> None:
    directory, community = LocalDirectory(database), a_community()
    await directory.add_member(her.tenant_id, community, her.user_id)
    await directory.bind_role(her.tenant_id, community, her.user_id, "events.organizer")
    repeats, now = PostgresRepeats(database), core.clock.now()
    key = RepeatKey(her.tenant_id, her.user_id, b"key")
    claimed = await repeats.claim(
        key, b"print", seed=new_uuid(), now=now, keep_for=timedelta(days=1)
    )
    assert isinstance(claimed, Claimed)
    body = f'{{"createdBy":"{her.user_id}"}}'.encode()
    await repeats.keep(key, KeptAnswer(201, (), body))


async def places_of(reader: asyncpg.Connection, her: Actor) -> set[str]:
    """Return the columns of ids in which she stands."""
    found = set[str]()
    for place, table, column in await reader.fetch(_COLUMNS, False):
        if column not in NO_PEOPLE and await reader.fetchval(
            f"SELECT true FROM events.{table} WHERE {column} = $1 LIMIT 1", her.user_id
        ):
            found.add(place)
    return found


async def tables_with(reader: asyncpg.Connection, text: str) -> set[str]:
    """Return the tables in which a text stands, in any column, in bytes too."""
    columns = await reader.fetch(_COLUMNS, True)
    forms = [f"%{form}%" for form in (text, text.encode().hex())]
    forms.append(f"%{text.replace(chr(39), chr(39) * 2)}%")
    found = set[str]()
    for table in {column["relname"] for column in columns}:
        there = f"SELECT true FROM events.{table} AS t WHERE t::text LIKE ANY ($1)"
        if await reader.fetchval(f"{there} LIMIT 1", forms):
            found.add(table)
    return found


async def test_every_column_a_person_can_stand_in_is_known_and_hers_to_have(
    town: Town, connect: Connect
) -> None:
    reader = await connect(SUPERUSER)
    of_ids = {
        row["place"]
        for row in await reader.fetch(_COLUMNS, False)
        if row["attname"] not in NO_PEOPLE
    }
    assert of_ids == SHOWN_IN.keys()
    assert await places_of(reader, town.her) == SHOWN_IN.keys()
    data = await export_person(town.core, town.her, town.her.user_id)
    shown = {one.name for one in fields(PersonalData) if getattr(data, one.name)}
    assert {*shown, *data.further} >= set(SHOWN_IN.values())
    for text in town.written:
        assert text in repr(data)


async def test_of_who_was_erased_no_table_has_her_id_or_what_she_wrote(
    town: Town, connect: Connect
) -> None:
    reader, her = await connect(SUPERUSER), town.her
    traces = (str(her.user_id), her.user_id.hex, *town.written)
    before = [await tables_with(reader, trace) for trace in traces]
    assert before[0] >= {place.split(".")[0] for place in SHOWN_IN}
    assert all(before[2:])
    await erase_person(town.core, her, her.user_id)
    assert [await tables_with(reader, trace) for trace in traces] == [set()] * len(
        traces
    )
    left = await export_person(town.core, town.him, town.him.user_id)
    assert left.events_with_role
