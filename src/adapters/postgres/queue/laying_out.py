"""Deliveries, laid out from the positions that subscribers have not passed yet."""

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

import asyncpg
from attrs import frozen

from adapters.postgres.queue.pool import RelayPool
from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.identity import Scope, ScopeKind, TenantId
from events_core.domain.publication import Audience, Heading, told_as
from events_core.ports.outbox import Kind, Subscriber

Row: TypeAlias = asyncpg.Record

#: How many facts are looked at for one subscriber at a time.
PORTION = 1000

#: Bears the operator's subscriptions, over all tenants. Nobody's tenant (RFC 9562).
ALL_TENANTS = UUID(int=0)

# Who is left alone just now is not laid out for: of a subscriber who is down only
# her place is kept, however much there is to tell her.
_BEHIND = """
    SELECT subscription.*, coalesce(fact_head.place, sequencer.last_place) AS head
    FROM events.subscription CROSS JOIN events.sequencer
    LEFT JOIN events.fact_head ON fact_head.tenant_id = subscription.tenant_id
    WHERE state = 'active'
        AND (open_until IS NULL OR open_until <= statement_timestamp())
        AND subscription.place < CASE WHEN subscription.tenant_id = $1
            THEN sequencer.last_place ELSE fact_head.place END
    ORDER BY subscription.place LIMIT 100
    FOR UPDATE OF subscription SKIP LOCKED
"""
_FACTS = """
    SELECT tenant_id, place, position, seq, event_id, event_type, scope_kind, scope_id,
        visibility, status, deleted, visibility_before, status_before, deleted_before,
        personal
    FROM events.fact_position JOIN events.outbox USING (tenant_id, seq)
    WHERE place > $1 AND place <= $2 {}
    ORDER BY place LIMIT $3
"""
_OF_ALL, _OF_ONE = _FACTS.format(""), _FACTS.format("AND tenant_id = $4")
_TAKE_ON = """
    UPDATE events.subscription SET place = passed.place
    FROM unnest($1::uuid[], $2::bigint[]) AS passed (subscription_id, place)
    WHERE subscription.subscription_id = passed.subscription_id
"""
_COLUMNS = (
    "tenant_id",
    "subscription_id",
    "place",
    "position",
    "seq",
    "lane",
    "told",
)


def subscriber_from(row: Row) -> Subscriber:
    """Return the subscriber of a row."""
    of_all = row["tenant_id"] == ALL_TENANTS
    kind, types = row["scope_kind"], row["event_types"]
    return Subscriber(
        id=row["subscription_id"],
        kind=Kind(row["kind"]),
        url=row["url"],
        description=row["description"],
        secrets=tuple(row["secrets"]),
        audience=Audience(
            tenant_id=None if of_all else TenantId(row["tenant_id"]),
            visibilities=frozenset(map(Visibility, row["visibilities"])),
            persons=row["persons"],
            scope=None if kind is None else Scope(ScopeKind(kind), row["scope_id"]),
            event_types=None if types is None else frozenset(types),
        ),
    )


def heading_from(row: Row) -> Heading:
    """Return what of a stored fact decides who is told."""
    before = row["visibility_before"]
    return Heading(
        tenant_id=row["tenant_id"],
        event_type=row["event_type"],
        scope=Scope(ScopeKind(row["scope_kind"]), row["scope_id"]),
        exposure=Exposure(
            Visibility(row["visibility"]), Status(row["status"]), row["deleted"]
        ),
        exposed_before=None
        if before is None
        else Exposure(
            Visibility(before),
            Status(row["status_before"]),
            row["deleted_before"] or False,
        ),
        is_personal=row["personal"],
    )


@frozen
class LayingOut:
    """Takes subscribers on, past facts that have positions. Any number at once."""

    _pool: RelayPool

    async def lay_out(self) -> int:
        """Lay out a portion for everybody who is behind, and return how many facts
        were looked at.

        Raises:
            StoreUnavailable: nothing was laid out, or it cannot be told; whoever is
                behind is found to be so again.
        """
        async with self._pool.transaction() as connection:
            behind = await connection.fetch(_BEHIND, ALL_TENANTS)
            read: dict[tuple[UUID, int, int], Sequence[Row]] = {}
            records: list[tuple[object, ...]] = []
            passed: dict[UUID, int] = {}
            for row in behind:
                tenant_id, place, head = row["tenant_id"], row["place"], row["head"]
                key = tenant_id, place, head
                if key not in read:
                    of_one = () if tenant_id == ALL_TENANTS else (tenant_id,)
                    query = _OF_ONE if of_one else _OF_ALL
                    read[key] = await connection.fetch(
                        query, place, head, PORTION, *of_one
                    )
                facts, subscriber = read[key], subscriber_from(row)
                records += _records(subscriber, facts)
                is_all = len(facts) < PORTION
                passed[subscriber.id] = head if is_all else facts[-1]["place"]
            if records:
                await connection.copy_records_to_table(
                    "delivery", schema_name="events", columns=_COLUMNS, records=records
                )
            if passed:
                await connection.execute(_TAKE_ON, [*passed], [*passed.values()])
            return sum(map(len, read.values()))


def _records(subscriber: Subscriber, facts: Sequence[Row]) -> list[tuple[object, ...]]:
    # Parallel first deliveries break a tenant at Activity for good.
    lane = "tenant_id" if subscriber.kind is Kind.ACTIVITY else "event_id"
    return [
        (
            fact["tenant_id"],
            subscriber.id,
            fact["place"],
            fact["position"],
            fact["seq"],
            fact[lane],
            told.value,
        )
        for fact in facts
        if (told := told_as(heading_from(fact), subscriber.audience))
    ]
