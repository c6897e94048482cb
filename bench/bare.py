"""The bare SQL of an answer, sent by pgbench, which the embedded wheel ships."""

import os
import re
import subprocess
from pathlib import Path
from uuid import UUID

from adapters.postgres.embedded.account import binary

OCCURRENCE = "2190-03-21T19:00"
_THREADS = 2

_WHICH = "tenant_id = :tenant::uuid AND event_id = {event} AND occurrence_key = :key"
_EVENT = "('01900000-0000-7000-8000-' || lpad(:number::text, 12, '0'))::uuid"
_PERSON = "lpad(to_hex(:person::bigint), 32, '0')::uuid"

_SCRIPT = """\
\\set number random(:first, :last)
\\set person random(1, 9000000000000000000)
BEGIN;
SELECT set_config('app.tenant_id', :tenant, true);
SELECT pg_advisory_xact_lock(hashtextextended(:number::text, 0));
SELECT interested, going, not_going, waiting, seats, turns FROM events.tally
    WHERE {which} FOR UPDATE;
SELECT version, rsvp.* FROM events.event LEFT JOIN events.rsvp
    ON rsvp.tenant_id = event.tenant_id AND rsvp.event_id = event.event_id
    AND rsvp.occurrence_key = :key AND user_id = {person}
    WHERE event.tenant_id = :tenant::uuid AND event.event_id = {event};
UPDATE events.tally SET going = going + 1, turns = turns + 1 WHERE {which};
INSERT INTO events.rsvp (tenant_id, event_id, occurrence_key, user_id, answer,
        created_at, updated_at, guests, admission, turn, given_by)
    VALUES (:tenant::uuid, {event}, :key, {person}, 'going', now(), now(), 0,
        'confirmed', 1, {person})
    ON CONFLICT (tenant_id, event_id, occurrence_key, user_id)
    DO UPDATE SET answer = excluded.answer, updated_at = excluded.updated_at;
INSERT INTO events.seat_movement (tenant_id, event_id, occurrence_key, moved, seats,
        user_id, made_by, made_at, why)
    VALUES (:tenant::uuid, {event}, :key, 'taken', 1, {person}, {person}, now(),
        'answered');
INSERT INTO events.outbox (tenant_id, message_id, event_id, event_version, event_type,
        schema_version, occurred_at, scope_kind, scope_id, visibility, status,
        visibility_before, status_before, personal, about, payload)
    VALUES (:tenant::uuid, gen_random_uuid(), {event}, 1, 'event.rsvp.changed', 1,
        now(), 'TENANT', :tenant::uuid, 'public', 'published', 'public', 'published',
        true, {person}, :fact);
COMMIT;
"""


def event_id(number: int) -> UUID:
    """Return the id of an event that pgbench finds by its number."""
    return UUID(f"01900000-0000-7000-8000-{number:012}")


def per_second(
    url: str, tenant: UUID, numbers: range, *, clients: int, answers: int, work: Path
) -> float:
    """Answer the events of these numbers so often; return how many in a second.

    Raises:
        RuntimeError: one failed.
    """
    which = _WHICH.format(event=_EVENT)
    script = work / "answer.sql"
    script.write_text(_SCRIPT.format(which=which, event=_EVENT, person=_PERSON))
    variables = {
        "tenant": tenant,
        "key": OCCURRENCE,
        "first": numbers[0],
        "last": numbers[-1],
        "fact": "x" * 600,
    }
    command = [
        *(str(binary("pgbench")), "--no-vacuum", "--protocol=prepared"),
        *(f"--client={clients}", f"--jobs={_THREADS}"),
        *(f"--transactions={-(-answers // clients)}", f"--file={script}"),
        *(f"--define={name}={value}" for name, value in variables.items()),
        url,
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ}
    )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found or "failed transactions: 0 " not in done.stdout:
        raise RuntimeError(f"{done.stdout}\n{done.stderr}")
    return float(found[1])
