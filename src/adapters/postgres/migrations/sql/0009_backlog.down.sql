DROP FUNCTION events.totals();

CREATE FUNCTION events.totals(
    OUT events bigint,
    OUT answers bigint,
    OUT facts bigint,
    OUT oldest_seconds double precision
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        (SELECT count(*) FROM events.occurrence WHERE NOT deleted),
        (SELECT coalesce(sum(interested + going + not_going), 0) FROM events.tally),
        (SELECT count(*) FROM events.outbox),
        coalesce(
            (
                SELECT greatest(0, extract(epoch FROM now() - occurred_at))
                FROM events.outbox ORDER BY xid, seq LIMIT 1
            ),
            0
        )::double precision
$$;

GRANT CREATE ON SCHEMA events TO events_relay;

ALTER FUNCTION events.totals() OWNER TO events_relay;

REVOKE CREATE ON SCHEMA events FROM events_relay;

REVOKE ALL ON FUNCTION events.totals FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.totals TO events_app;
