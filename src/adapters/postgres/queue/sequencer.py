"""Positions for facts, in an order in which no reader ever misses one (ADR 11).

The audit trail is chained in the same order, by the same look (ADR 12).
"""

from attrs import frozen

from adapters.postgres.queue.pool import RelayPool
from events_core.domain.chain import BEGINNING

# What is visible now and was not when `seen` was taken: no more and no less.
ARRIVED = """
    SELECT {columns} FROM {table}
    WHERE xid >= pg_snapshot_xmax({seen})
    UNION ALL
    SELECT {columns} FROM {table}
    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip({seen})))
"""
_WITHOUT_POSITION = """
    SELECT {columns} FROM {table}
    WHERE NOT EXISTS (
        SELECT FROM {positions} AS given
        WHERE given.tenant_id = {table}.tenant_id AND given.seq = {table}.seq
    )
"""
FACTS = {
    "table": "events.outbox",
    "positions": "events.fact_position",
    "columns": "tenant_id, seq",
}
_AUDIT = {
    "table": "events.audit_entry",
    "positions": "events.audit_link",
    "columns": "tenant_id, seq, digest",
}

# What has arrived, with its place after the last and its position after the tenant's.
NUMBERED = """
    SELECT tenant_id, seq, {last_place} + row_number() OVER (ORDER BY seq) AS place,
        coalesce(fact_head.position, 0)
            + row_number() OVER (PARTITION BY tenant_id ORDER BY seq) AS position
    FROM arrived LEFT JOIN events.fact_head USING (tenant_id)
"""

# Reads only: an idle service writes nothing, not even the id of a transaction. The
# order makes the planner take the index, whatever it believes of the table.
_IS_ANY = """
        EXISTS (SELECT FROM (
            SELECT FROM {table} WHERE xid >= pg_snapshot_xmax(seen)
            ORDER BY xid LIMIT 1
        ) AS later)
        OR EXISTS (
            SELECT FROM {table}
            WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(seen)))
        )
"""
_IS_WORK = """
    SELECT
        cluster = (SELECT system_identifier FROM pg_control_system()) AS is_here,
        {facts} OR {audit} AS is_work
    FROM events.sequencer
"""
_LOOK = _IS_WORK.format(facts=_IS_ANY.format(**FACTS), audit=_IS_ANY.format(**_AUDIT))
# What has arrived gets its positions at once or not at all, however much it is: more
# than a statement's usual time for an import of a million. Nobody waits meanwhile.
_TAKE_TURN = """
    SELECT seen, last_place,
        cluster = (SELECT system_identifier FROM pg_control_system()) AS is_here,
        set_config('statement_timeout', '10min', true)
    FROM events.sequencer FOR UPDATE SKIP LOCKED
"""
_LONGEST_TICK = 602.0  # seconds: a little longer, as the server gives up first
_WAIT_FOR_TURN = "SELECT last_place FROM events.sequencer FOR UPDATE"

# One statement, so that the rows it sees and the snapshot it stores are the same.
_GIVE = """
    WITH arrived AS MATERIALIZED ({arrived}), numbered AS MATERIALIZED ({numbered}),
    given AS (
        INSERT INTO events.fact_position (tenant_id, position, place, seq)
        SELECT tenant_id, position, place, seq FROM numbered ORDER BY place
    ), heads AS (
        INSERT INTO events.fact_head (tenant_id, position, place)
        SELECT tenant_id, max(position), max(place) FROM numbered GROUP BY tenant_id
        ON CONFLICT (tenant_id) DO UPDATE
        SET position = excluded.position, place = excluded.place
    ), done AS MATERIALIZED ({done}), chained AS MATERIALIZED (
        SELECT tenant_id, seq,
            coalesce(head.position, 0) + row_number() OVER in_turn AS position,
            events.chained(
                coalesce(head.hash, {beginning}), digest
            ) OVER in_turn AS hash
        FROM done LEFT JOIN events.audit_head AS head USING (tenant_id)
        WINDOW in_turn AS (
            PARTITION BY tenant_id ORDER BY seq ROWS UNBOUNDED PRECEDING
        )
    ), links AS (
        INSERT INTO events.audit_link (tenant_id, position, seq, hash)
        SELECT tenant_id, position, seq, hash FROM chained
    ), ends AS (
        INSERT INTO events.audit_head (tenant_id, position, hash)
        SELECT DISTINCT ON (tenant_id) tenant_id, position, hash FROM chained
        ORDER BY tenant_id, position DESC
        ON CONFLICT (tenant_id) DO UPDATE
        SET position = excluded.position, hash = excluded.hash
    )
    UPDATE events.sequencer
    SET seen = pg_current_snapshot(),
        cluster = (SELECT system_identifier FROM pg_control_system()),
        last_place = last_place + (SELECT count(*) FROM numbered)
    RETURNING last_place - $1::bigint AS given
"""
_BEGINNING = f"'\\x{BEGINNING.hex()}'::bytea"
_NUMBERED = NUMBERED.format(last_place="$1::bigint")
_TICK = _GIVE.format(
    numbered=_NUMBERED,
    arrived=ARRIVED.format(**FACTS, seen="$2::pg_snapshot"),
    done=ARRIVED.format(**_AUDIT, seen="$2::pg_snapshot"),
    beginning=_BEGINNING,
)
_RESYNC = _GIVE.format(
    numbered=_NUMBERED,
    arrived=_WITHOUT_POSITION.format(**FACTS),
    done=_WITHOUT_POSITION.format(**_AUDIT),
    beginning=_BEGINNING,
)

# Older than any transaction to come: these rows have arrived, whatever the cluster
# they were written in called their transactions.
_LONG_AGO = """
    UPDATE {table} SET xid = '3'
    FROM {positions} AS given
    WHERE given.tenant_id = {table}.tenant_id
        AND given.seq = {table}.seq AND xid <> '3'
"""


class AnotherClusterError(Exception):
    """The database was restored elsewhere: positions go on after a ``resync``."""

    def __str__(self) -> str:
        """Say what is to be done."""
        return "the database was restored into another cluster: run relay --resync"


@frozen
class Sequencer:
    """Gives every committed fact its position, once, and chains the audit trail.

    Facts get positions in the order in which they became visible: per tenant from 1
    on without a gap, those of one event in the order of its changes. A fact that is
    rolled back never has one. Entries of the trail become links in the same order, at
    the same time. Any number may run at once.
    """

    _pool: RelayPool

    async def tick(self) -> int:
        """Give positions to whatever has been committed, and return to how many facts.

        0 too where another is at it this moment: she may have begun too early to see
        what the caller has seen committed. Writes nothing where there is nothing.

        Raises:
            AnotherClusterError: the database has been restored into another cluster.
            StoreUnavailable: it cannot be told; nothing was given twice.
        """
        async with self._pool.connection() as connection:
            found = await connection.fetchrow(_LOOK)
            assert found is not None, "the sequencer's row is there from the start"
            if not found["is_here"]:
                raise AnotherClusterError
            if not found["is_work"]:
                return 0
            async with connection.transaction():
                turn = await connection.fetchrow(_TAKE_TURN)
                if turn is None:
                    return 0
                if not turn["is_here"]:
                    raise AnotherClusterError
                given: int = await connection.fetchval(
                    _TICK, turn["last_place"], turn["seen"], timeout=_LONGEST_TICK
                )
                return given

    async def resync(self) -> int:
        """Go on in this cluster: give positions to all that have none, by ``seq``.

        For a database that was restored into another cluster. Positions that were
        given stay. Harmless at any time, but takes as long as there are facts.

        Raises:
            StoreUnavailable: nothing was done.
        """
        async with self._pool.transaction() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            # Everything is looked at, for once.
            for plan in ("seqscan", "hashjoin", "sort"):
                await connection.execute(f"SET LOCAL enable_{plan} = on")
            last_place = await connection.fetchval(_WAIT_FOR_TURN, timeout=None)
            given: int = await connection.fetchval(_RESYNC, last_place, timeout=3600)
            for lines in (FACTS, _AUDIT):
                await connection.execute(_LONG_AGO.format(**lines), timeout=3600)
            return given
