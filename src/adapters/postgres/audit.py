"""The audit trail, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from secrets import token_bytes
from typing import Any

from attrs import frozen
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.rows import (
    AUDIT_COLUMNS,
    COUNT_COLUMNS,
    audit_row,
    counted_from,
    counted_row,
    sealed_from,
)
from adapters.postgres.rows.members import Row
from adapters.postgres.tables import (
    audit_count,
    audit_entry,
    audit_head,
    audit_link,
    sequencer,
)
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.audit import AuditEntry, AuditQuery
from events_core.domain.chain import Head, Link, Sealed, seal
from events_core.domain.identity import TenantId
from events_core.ports.store import AuditTrail, Chained, Loose

_SALT_BYTES = 16

_COUNT = insert(audit_count)
_COUNT = _COUNT.on_conflict_do_update(
    constraint=audit_count.primary_key,
    set_={"times": audit_count.c.times + _COUNT.excluded.times},
)
_ctid: ColumnElement[Any] = literal_column("ctid")
_over = (
    select(_ctid)
    .select_from(audit_count)
    .where(
        audit_count.c.tenant_id == TENANT,
        audit_count.c.minute < bindparam("before", type_=DateTime(timezone=True)),
    )
    .with_for_update(skip_locked=True)
)
_CLOSE = (
    delete(audit_count)
    .where(_ctid == func.any(func.array(_over.scalar_subquery())))
    .returning(*COUNT_COLUMNS)
)

_IS_ITS_LINK = and_(
    audit_link.c.tenant_id == audit_entry.c.tenant_id,
    audit_link.c.seq == audit_entry.c.seq,
)
_AFTER = and_(
    audit_link.c.tenant_id == TENANT,
    audit_link.c.position > bindparam("after", type_=BigInteger),
)
# Link by link, by the key, whatever is believed of how many there are.
_of_link = select(*AUDIT_COLUMNS).where(_IS_ITS_LINK).limit(1).lateral("of_link")
_WALK = (
    select(audit_link.c.position, audit_link.c.hash, *_of_link.c)
    .select_from(audit_link.outerjoin(_of_link, true()))
    .where(_AFTER)
    .order_by(audit_link.c.position)
    .limit(bindparam("limit", type_=Integer))
)
_HEAD = select(audit_head.c.position, audit_head.c.hash).where(
    audit_head.c.tenant_id == TENANT
)
# Whatever the snapshot with which links were last made could see has a link.
_passed: ColumnElement[bool] = func.pg_visible_in_snapshot(
    audit_entry.c.xid, select(sequencer.c.seen).scalar_subquery()
)
_LOOSE = (
    select(_passed, *AUDIT_COLUMNS)
    .select_from(audit_entry.outerjoin(audit_link, _IS_ITS_LINK))
    .where(audit_entry.c.tenant_id == TENANT, audit_link.c.position.is_(None))
    .order_by(audit_entry.c.seq)
)
_PERSON = bindparam("of_person", type_=Uuid)


async def write_audit(
    transaction: Transaction,
    entries: Iterable[AuditEntry],
    tenant_id: TenantId | None = None,
) -> None:
    """Store entries of the trail, sealed, in their order.

    They are those of the transaction's tenant, or in one of none of another.
    """
    owner = transaction.tenant_id or tenant_id
    assert owner is not None
    sealed = [seal(entry, owner, new_salt) for entry in entries]
    rows = [{"tenant_id": owner, **audit_row(one)} for one in sealed]
    await transaction.insert(audit_entry, *rows)


@frozen
class PostgresAuditTrail:
    """``AuditTrail`` in one transaction. A relay's sequencer makes the links."""

    _transaction: Transaction

    async def write(self, *entries: AuditEntry) -> None:
        """See ``AuditTrail.write``."""
        await write_audit(self._transaction, entries)

    async def count(self, entry: AuditEntry) -> None:
        """See ``AuditTrail.count``."""
        await self._transaction.write(_COUNT, [counted_row(entry)])

    async def close_minutes(self, *, before: datetime) -> int:
        """See ``AuditTrail.close_minutes``."""
        closed = await self._transaction.run(_CLOSE, {"before": before})
        entries = [counted_from(row) for row in closed]
        await write_audit(self._transaction, entries)
        return len(entries)

    async def page(self, query: AuditQuery) -> Sequence[Chained]:
        """See ``AuditTrail.page``."""
        values = _values_of(query)
        statement = _page_statement(tuple(sorted(values)))
        found = await self._transaction.run(statement, values)
        return [Chained(row[0], sealed_from(row[1:]).entry) for row in found]

    async def walk(self, *, after: int, limit: int) -> Sequence[Link]:
        """See ``AuditTrail.walk``."""
        values = {"after": after, "limit": limit}
        found = await self._transaction.run(_WALK, values)
        return [Link(row[0], row[1], _as_it_is(row[2:])) for row in found]

    async def head(self) -> Head:
        """See ``AuditTrail.head``."""
        row = (await self._transaction.run(_HEAD)).one_or_none()
        return Head() if row is None else Head(*row)

    async def loose(self) -> Sequence[Loose]:
        """See ``AuditTrail.loose``."""
        found = await self._transaction.run(_LOOSE)
        return [Loose(_as_it_is(row[1:]), overdue=row[0]) for row in found]


def new_salt() -> bytes:
    """Return a salt nobody can guess."""
    return token_bytes(_SALT_BYTES)


def _as_it_is(row: Row) -> Sealed | None:
    """Return the entry of a row, None where there is none, or nonsense."""
    try:
        return sealed_from(row)
    except (ValueError, TypeError):
        return None


def _values_of(query: AuditQuery) -> dict[str, object]:
    values = {
        "of_person": query.person,
        "of_deeds": query.deeds and sorted(query.deeds),
        "of_outcome": query.outcome and query.outcome.value,
        "of_event": query.event_id,
        "since": query.since,
        "until": query.until,
        "before": query.before,
    }
    asked = {name: value for name, value in values.items() if value is not None}
    return {**asked, "limit": query.limit}


@lru_cache(128)
def _page_statement(names: tuple[str, ...]) -> Select[Any]:
    # What is of one person, or one event, is found by that; all else by its place.
    is_narrow = not {"of_person", "of_event"}.isdisjoint(names)
    entries = audit_entry if is_narrow else _of_link
    entry = entries.c
    conditions: dict[str, ColumnElement[bool]] = {
        "of_person": or_(entry.done_by == _PERSON, entry.whom == _PERSON),
        "of_deeds": entry.deed == func.any(bindparam("of_deeds", type_=ARRAY(Text))),
        "of_outcome": entry.outcome == bindparam("of_outcome"),
        "of_event": entry.event_id == bindparam("of_event", type_=Uuid),
        "since": entry.done_at >= bindparam("since"),
        "until": entry.done_at <= bindparam("until"),
        "before": audit_link.c.position < bindparam("before", type_=BigInteger),
    }
    return (
        select(audit_link.c.position, *(entry[c.name] for c in AUDIT_COLUMNS))
        .select_from(audit_link)
        .join(entries, _IS_ITS_LINK if is_narrow else true())
        .where(
            audit_link.c.tenant_id == TENANT,
            entry.tenant_id == TENANT,
            *(conditions[name] for name in names if name != "limit"),
        )
        .order_by(audit_link.c.position.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def _satisfies_port(trail: PostgresAuditTrail) -> AuditTrail:
    return trail
