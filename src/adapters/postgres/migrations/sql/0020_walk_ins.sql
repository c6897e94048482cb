-- Whoever has said nothing takes everybody who comes.
ALTER TABLE events.event ADD COLUMN walk_ins boolean NOT NULL DEFAULT true;

ALTER TABLE events.event ALTER COLUMN walk_ins DROP DEFAULT;

-- Who waits has answered.
GRANT SELECT (waiting) ON events.tally TO events_relay;

DROP FUNCTION events.totals();

CREATE FUNCTION events.totals(
    OUT events bigint,
    OUT answers bigint,
    OUT pending bigint,
    OUT failed bigint,
    OUT dead bigint,
    OUT oldest_seconds double precision
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH without_position AS (
        SELECT count(*) AS number, min(occurred_at) AS since FROM (
            SELECT occurred_at FROM events.outbox
            WHERE xid >= (SELECT pg_snapshot_xmax(seen) FROM events.sequencer)
            UNION ALL
            SELECT occurred_at FROM events.outbox
            WHERE xid = ANY (
                ARRAY(SELECT pg_snapshot_xip(seen) FROM events.sequencer)
            )
        ) AS arrived
    ), laid_out AS (
        SELECT count(*) AS number, min(place) AS place,
            count(*) FILTER (WHERE attempts > (lease_until IS NOT NULL)::int) AS tried
        FROM events.delivery
    )
    SELECT
        (SELECT count(*) FROM events.occurrence WHERE NOT deleted),
        (
            SELECT coalesce(sum(interested + going + not_going + waiting), 0)
            FROM events.tally
        ),
        without_position.number + laid_out.number,
        tried,
        (SELECT count(*) FROM events.dead_letter),
        coalesce(greatest(0, extract(epoch FROM now() - least(since, (
            SELECT given_at FROM events.fact_position
            WHERE fact_position.place = laid_out.place
        )))), 0)::double precision
    FROM without_position CROSS JOIN laid_out
$$;

GRANT CREATE ON SCHEMA events TO events_relay;

ALTER FUNCTION events.totals() OWNER TO events_relay;

REVOKE CREATE ON SCHEMA events FROM events_relay;

REVOKE ALL ON FUNCTION events.totals FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.totals TO events_app;
