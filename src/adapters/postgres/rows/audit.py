"""Entries of the audit trail, as rows."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from adapters.postgres.rows.members import Row, Values
from adapters.postgres.tables import audit_count, audit_entry
from events_core.domain.actors import Via
from events_core.domain.audit import AuditEntry, Deed, Outcome
from events_core.domain.chain import PERSONAL, Salted, Sealed

#: What a personal value's column is called, where that is not its own name.
_COLUMN = {name: "done_by" if name == "by" else name for name in PERSONAL}

AUDIT_COLUMNS = tuple(c for c in audit_entry.c if c.name not in {"seq", "xid"})
COUNT_COLUMNS = tuple(c for c in audit_count.c if c.name not in {"tenant_id", "minute"})


def audit_row(sealed: Sealed) -> Values:
    """Return the row of an entry, sealed."""
    entry = sealed.entry
    row: dict[str, object] = {
        "deed": entry.deed.value,
        "outcome": entry.outcome.value,
        "done_at": entry.at,
        "via": entry.via.value,
        "as_admin": entry.as_admin,
        "event_id": entry.event_id,
        "occurrence_key": entry.occurrence,
        "event_version": entry.event_version,
        "subject_id": entry.subject_id,
        "names": list(entry.names),
        "times": entry.times,
        "digest": sealed.digest,
    }
    for name, column in _COLUMN.items():
        salted = sealed.personal.get(name)
        row[column] = getattr(entry, name)
        row[f"{column}_digest"] = salted and salted.digest
        row[f"{column}_salt"] = salted and salted.salt
    return row


def sealed_from(row: Row) -> Sealed:
    """Return the entry of a row of ``AUDIT_COLUMNS``.

    Raises:
        ValueError: somebody has written what no entry can have.
    """
    values = dict(zip((c.name for c in AUDIT_COLUMNS), row, strict=True))
    personal = {
        name: Salted(digest, values[f"{column}_salt"])
        for name, column in _COLUMN.items()
        if (digest := values[f"{column}_digest"]) is not None
    }
    entry = evolve(
        _entry_from(values),
        occurrence=values["occurrence_key"],
        event_version=values["event_version"],
        subject_id=values["subject_id"],
        whom=values["whom"],
    )
    return Sealed(values["tenant_id"], entry, personal, values["digest"])


def counted_row(entry: AuditEntry) -> Values:
    """Return what of an entry is kept while its minute is open."""
    return {
        "minute": entry.minute,
        "done_by": entry.by,
        "deed": entry.deed.value,
        "outcome": entry.outcome.value,
        "via": entry.via.value,
        "names": list(entry.names),
        "done_at": entry.at,
        "as_admin": entry.as_admin,
        "request_id": entry.request_id,
        "event_id": entry.event_id,
        "times": entry.times,
    }


def counted_from(row: Row) -> AuditEntry:
    """Return the entry of a row of ``COUNT_COLUMNS``."""
    return _entry_from(dict(zip((c.name for c in COUNT_COLUMNS), row, strict=True)))


def _entry_from(values: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry(
        deed=Deed(values["deed"]),
        at=values["done_at"],
        outcome=Outcome(values["outcome"]),
        via=Via(values["via"]),
        as_admin=values["as_admin"],
        by=values["done_by"],
        request_id=values["request_id"],
        event_id=values["event_id"],
        names=tuple(values["names"]),
        times=values["times"],
    )
