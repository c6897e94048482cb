"""Whatever column somebody changes of the audit trail is found, and where."""

import pytest

from adapters.postgres.tables import audit_entry, audit_head, audit_link
from events_core import Finding, Problem
from tests.contract.audit.trails import AT, STRAY, Trail

ALTERED = [Finding(Problem.ALTERED, AT)]
GONE = [Finding(Problem.MISSING, AT)]

#: What each column of an entry is changed to, and what is found.
ENTRY = {
    "tenant_id": ("gen_random_uuid()", GONE),
    "seq": ("DEFAULT", [*GONE, STRAY]),
    "deed": ("'event.deleted'", ALTERED),
    "outcome": ("'denied'", ALTERED),
    "done_at": ("done_at + interval '1 microsecond'", ALTERED),
    "via": ("'cli'", ALTERED),
    "as_admin": ("NOT as_admin", ALTERED),
    "event_id": ("gen_random_uuid()", ALTERED),
    "occurrence_key": ("occurrence_key || '0'", ALTERED),
    "event_version": ("event_version + 1", ALTERED),
    "subject_id": ("NULL", ALTERED),
    "names": ("names || 'title'::text", ALTERED),
    "times": ("times + 1", ALTERED),
    "done_by": ("gen_random_uuid()", ALTERED),
    "done_by_digest": ("sha256('x')", ALTERED),
    "done_by_salt": ("'x'", ALTERED),
    "whom": ("done_by", ALTERED),
    "whom_digest": ("sha256('x')", ALTERED),
    "whom_salt": ("done_by_salt", ALTERED),
    "request_id": ("'another'", ALTERED),
    "request_id_digest": ("done_by_digest", ALTERED),
    "request_id_salt": ("'x'", ALTERED),
    "digest": ("sha256('x')", ALTERED),
    # Tells the sequencer what it has not seen yet; nobody reads it afterwards.
    "xid": ("'3'", []),
}

#: The same of the link in its place; who follows on it is held against it.
LINK = {
    "tenant_id": ("gen_random_uuid()", [*GONE, STRAY]),
    "position": (
        "7",
        [*GONE, Finding(Problem.MISSING, 6), Finding(Problem.CUT_OFF, 6)],
    ),
    "seq": ("0", [*GONE, STRAY]),
    "hash": (
        "sha256('x')",
        [Finding(Problem.OUT_OF_LINE, AT), Finding(Problem.OUT_OF_LINE, AT + 1)],
    ),
}

#: The same of the chain's head.
HEAD = {
    "tenant_id": ("gen_random_uuid()", [Finding(Problem.CUT_OFF, 1)]),
    "position": ("6", [Finding(Problem.CUT_OFF, 6)]),
    "hash": ("sha256('x')", [Finding(Problem.CUT_OFF, 5)]),
}


def test_every_column_has_a_verdict() -> None:
    for table, verdicts in (
        (audit_entry, ENTRY),
        (audit_link, LINK),
        (audit_head, HEAD),
    ):
        assert verdicts.keys() == {column.name for column in table.c}


@pytest.mark.parametrize("column", ENTRY)
async def test_a_column_of_an_entry_that_somebody_changed_is_found(
    trail: Trail, column: str
) -> None:
    value, found = ENTRY[column]
    await trail.tamper(
        f"UPDATE events.audit_entry SET {column} = {value}"
        " WHERE tenant_id = $1 AND seq = $2",
        await trail.seq_at(AT),
    )
    assert await trail.findings() == found


@pytest.mark.parametrize("column", LINK)
async def test_a_column_of_a_link_that_somebody_changed_is_found(
    trail: Trail, column: str
) -> None:
    value, found = LINK[column]
    await trail.tamper(
        f"UPDATE events.audit_link SET {column} = {value}"
        " WHERE tenant_id = $1 AND position = $2",
        AT,
    )
    assert await trail.findings() == found


@pytest.mark.parametrize("column", HEAD)
async def test_a_column_of_the_head_that_somebody_changed_is_found(
    trail: Trail, column: str
) -> None:
    value, found = HEAD[column]
    await trail.tamper(
        f"UPDATE events.audit_head SET {column} = {value} WHERE tenant_id = $1"
    )
    assert await trail.findings() == found
