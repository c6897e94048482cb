"""What is asked about deliveries: of a tenant's own, or of whatever there is."""

from typing import Any, Self

from attrs import frozen
from sqlalchemy import ColumnElement, Select, TextClause, select, text

from adapters.postgres.publishing.subscriptions import IS_NAMED, IS_ONE
from adapters.postgres.tables import subscription
from events_core.domain.publication import CREATED, OPERATORS, WITHDRAWN

# Each half is read from its index's end and no further.
_RECENT = """
    WITH bound AS MATERIALIZED (
        SELECT min(place) AS place FROM events.fact_position
        WHERE {of_tenant} position >= :before
    ), told AS (
        (SELECT place FROM events.delivery
        WHERE {of_tenant} subscription_id = :of_subscription
            AND place < coalesce((SELECT place FROM bound), 9223372036854775807)
        ORDER BY place DESC LIMIT :limit)
        UNION
        (SELECT DISTINCT place FROM events.attempt
        WHERE {of_tenant} subscription_id = :of_subscription
            AND place < coalesce((SELECT place FROM bound), 9223372036854775807)
        ORDER BY place DESC LIMIT :limit)
        ORDER BY place DESC LIMIT :limit
    )
    SELECT told.place, fact_position.position, outbox.message_id, outbox.event_type,
        delivery.told, delivery.next_at,
        delivery.place IS NOT NULL AS is_waiting,
        dead_letter.place IS NOT NULL AS is_dead
    FROM told
    JOIN events.fact_position USING (place)
    JOIN events.outbox USING (tenant_id, seq)
    LEFT JOIN events.delivery ON delivery.tenant_id = outbox.tenant_id
        AND delivery.subscription_id = :of_subscription AND delivery.place = told.place
    LEFT JOIN events.dead_letter ON dead_letter.tenant_id = outbox.tenant_id
        AND dead_letter.subscription_id = :of_subscription
        AND dead_letter.place = told.place
    ORDER BY told.place DESC
"""
_ATTEMPTS = """
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY place ORDER BY number DESC) AS back
        FROM events.attempt
        WHERE {of_tenant} subscription_id = :of_subscription
            AND place = ANY (CAST(:places AS bigint[]))
    ) AS numbered
    WHERE back <= :most ORDER BY number
"""
_TOLD_TYPE = f"""
    CASE told WHEN 'created' THEN '{CREATED}' WHEN 'withdrawn' THEN '{WITHDRAWN}'
        ELSE event_type END
"""
_CHOSEN = f"""
    FROM events.dead_letter JOIN events.outbox USING (tenant_id, seq)
    WHERE {{of_tenant}} dead_letter.subscription_id = :of_subscription
        AND dead_letter.position > :after
        AND (CAST(:message_id AS uuid) IS NULL OR message_id = :message_id)
        AND (CAST(:event_types AS text[]) IS NULL
            OR {_TOLD_TYPE} = ANY (CAST(:event_types AS text[])))
        AND (CAST(:since AS timestamptz) IS NULL OR died_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR died_at <= :until)
    ORDER BY place LIMIT :limit
"""
_DEAD = f"""
    SELECT tenant_id, message_id, {_TOLD_TYPE} AS event_type, dead_letter.position,
        attempts, died_at, dead_letter.status, error, seq, told
    {_CHOSEN}
"""
_SEND_AGAIN = f"""
    WITH chosen AS MATERIALIZED (SELECT tenant_id, place {_CHOSEN}), taken AS (
        DELETE FROM events.dead_letter USING chosen
        WHERE dead_letter.tenant_id = chosen.tenant_id
            AND dead_letter.subscription_id = :of_subscription
            AND dead_letter.place = chosen.place
        RETURNING dead_letter.*
    ), laid_out AS (
        INSERT INTO events.delivery (tenant_id, subscription_id, place, position, seq,
            lane, told)
        SELECT tenant_id, subscription_id, place, position, seq, lane, told FROM taken
        ON CONFLICT (tenant_id, subscription_id, place) DO NOTHING
    )
    SELECT count(*) FROM taken
"""  # noqa: S608
# Her row is locked, so that nobody lays out meanwhile.
_SET_BACK = """
    UPDATE events.subscription SET place = least(place, (
        SELECT coalesce(min(fact_position.place) - 1, subscription.place)
        FROM events.fact_position
        WHERE {of_whom} (CAST(:position AS bigint) IS NULL OR position >= :position)
            AND (CAST(:since AS timestamptz) IS NULL OR given_at >= :since)
    ))
    WHERE {of_tenant} subscription_id = :of_subscription
    RETURNING place
"""
_LAID_OUT = """
    DELETE FROM events.delivery
    WHERE {of_tenant} subscription_id = :of_subscription AND place > :place
"""


@frozen
class Questions:
    """What is asked; of a tenant's own, or of whatever there is."""

    whose: Select[Any]
    recent: TextClause
    attempts: TextClause
    dead: TextClause
    send_again: TextClause
    set_back: TextClause
    laid_out: TextClause

    @classmethod
    def of(cls, is_hers: ColumnElement[bool], of_tenant: str, of_whom: str) -> Self:
        """Return them with these conditions: on whose rows, and on whose facts."""
        every = (_RECENT, _ATTEMPTS, _DEAD, _SEND_AGAIN, _SET_BACK, _LAID_OUT)
        asked = [
            text(one.format(of_tenant=of_tenant, of_whom=of_whom)) for one in every
        ]
        return cls(select(subscription.c.tenant_id).where(is_hers), *asked)


_BY_TENANT = "tenant_id = :of_tenant AND"

#: Of a tenant's own subscriptions.
OF_TENANT = Questions.of(IS_ONE, _BY_TENANT, _BY_TENANT)

#: Of every subscription there is, as an operator asks.
OF_ALL = Questions.of(
    IS_NAMED,
    "",
    f"""(subscription.tenant_id = '{OPERATORS}'
            OR fact_position.tenant_id = subscription.tenant_id) AND""",
)
