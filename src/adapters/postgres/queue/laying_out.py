"""Deliveries, laid out from the positions that subscribers have not passed yet."""

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from adapters.postgres.queue.pool import RelayPool, Row
from adapters.postgres.rows import heading_from
from events_core.domain.exposure import Visibility
from events_core.domain.identity import Scope, ScopeKind, TenantId
from events_core.domain.publication import OPERATORS, Audience, told_as
from events_core.ports.outbox import Kind, Subscriber

#: How many facts are looked at for one subscriber at a time.
PORTION = 1000

# Who is left alone just now is not laid out for: of a subscriber who is down only
# her place is kept, however much there is to tell her.
#
# Nobody need wait for the disk: what is lost with the server is laid out again as it
# was, from positions that are not; and nothing noted later is kept without it.
_BEHIND = """
    SELECT subscription.*, heads.place AS head
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS quick
    CROSS JOIN events.subscription CROSS JOIN events.sequencer
    LEFT JOIN events.fact_head ON fact_head.tenant_id = subscription.tenant_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN subscription.tenant_id = $1 THEN sequencer.last_place
            ELSE fact_head.place END
    ) AS heads (place)
    WHERE state = 'active'
        AND (open_until IS NULL OR open_until <= statement_timestamp())
        AND subscription.place < heads.place
    ORDER BY subscription.place LIMIT 100
    FOR UPDATE OF subscription SKIP LOCKED
"""
# Who is told of a fact, and as what, depends on this of it and on nothing else: the
# rule is asked once for all that are alike, and what they are stays in the database.
HEADING = """tenant_id, event_type, scope_kind, scope_id, visibility, status, deleted,
    visibility_before, status_before, deleted_before, personal, subscription_id"""
# Of what is in one lane only the first is to be had. Parallel first deliveries break a
# tenant at Activity for good: there a tenant is one.
LANE = "CASE WHEN {} THEN tenant_id ELSE coalesce(event_id, subscription_id) END"
# Each fact is asked for by its key, whatever the planner believes of the tables.
_FACTS = f"""
    (SELECT tenant_id AS whose, place, position, seq FROM events.fact_position
     WHERE place > $1 AND place <= $2 {{}}) AS given
    CROSS JOIN LATERAL (
        SELECT event_id, {HEADING} FROM events.outbox
        WHERE outbox.tenant_id = whose AND outbox.seq BETWEEN given.seq AND given.seq
        ORDER BY outbox.seq LIMIT 1
    ) AS fact
"""  # noqa: S608 (all of it is ours)
_PORTION = f"""
    SELECT place, {HEADING} FROM {_FACTS} ORDER BY place LIMIT {PORTION}
"""  # noqa: S608
_ALIKE = f"""
    SELECT {HEADING}, ROW({HEADING})::text AS heading, count(*) AS facts,
        max(place) AS place
    FROM ({{}}) AS portion GROUP BY {HEADING}
"""  # noqa: S608
_OF_ALL = _ALIKE.format(_PORTION.format(""))
_OF_ONE = _ALIKE.format(_PORTION.format("AND tenant_id = $3"))

# What is there already was put there again by hand.
_LAY_OUT = f"""
    INSERT INTO events.delivery (tenant_id, subscription_id, place, position, seq, lane,
        told)
    SELECT tenant_id, $3, place, position, seq,
        {LANE.format("$4")}, told
    FROM {_FACTS}
    JOIN unnest($5::text[], $6::text[]) AS alike (heading, told)
        ON heading = ROW({HEADING})::text
    ON CONFLICT (tenant_id, subscription_id, place) DO NOTHING
"""  # noqa: S608
_LAY_OUT_OF_ALL = _LAY_OUT.format("")
_LAY_OUT_OF_ONE = _LAY_OUT.format("AND tenant_id = $7")
_TAKE_ON = """
    UPDATE events.subscription
    SET place = passed.place, laid_out_at = statement_timestamp()
    FROM unnest($1::uuid[], $2::bigint[]) AS passed (subscription_id, place)
    WHERE subscription.subscription_id = passed.subscription_id
"""


def subscriber_from(row: Row) -> Subscriber:
    """Return the subscriber of a row."""
    of_all = row["tenant_id"] == OPERATORS
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
            behind = await connection.fetch(_BEHIND, OPERATORS)
            alike: dict[tuple[UUID, int, int], Sequence[Row]] = {}
            passed: dict[UUID, int] = {}
            for row in behind:
                tenant_id, place, head = row["tenant_id"], row["place"], row["head"]
                of_one = () if tenant_id == OPERATORS else (tenant_id,)
                key = tenant_id, place, head
                if key not in alike:
                    query = _OF_ONE if of_one else _OF_ALL
                    alike[key] = await connection.fetch(query, place, head, *of_one)
                headings, subscriber = alike[key], subscriber_from(row)
                is_all = sum(one["facts"] for one in headings) < PORTION
                upto = head if is_all else max(one["place"] for one in headings)
                passed[subscriber.id] = upto
                told = _told(subscriber, headings)
                if told:
                    await connection.execute(
                        _LAY_OUT_OF_ONE if of_one else _LAY_OUT_OF_ALL,
                        *(place, upto, subscriber.id),
                        subscriber.kind is Kind.ACTIVITY,
                        *([*told], [*told.values()], *of_one),
                    )
            if passed:
                await connection.execute(_TAKE_ON, [*passed], [*passed.values()])
            return sum(one["facts"] for headings in alike.values() for one in headings)


def _told(subscriber: Subscriber, headings: Sequence[Row]) -> dict[str, str]:
    """Return as what somebody is told of facts, by their heading, if at all."""
    return {
        row["heading"]: told.value
        for row in headings
        if (told := told_as(heading_from(row), subscriber.audience, subscriber.id))
    }
