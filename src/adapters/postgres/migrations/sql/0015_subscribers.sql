-- Over all tenants, for metrics: ids and numbers, no address and no secret. What she is
-- still to be told begins with the first delivery laid out for her, and where there is
-- none with the first fact behind her place.
CREATE FUNCTION events.subscribers()
    RETURNS TABLE (
        subscription_id uuid,
        state text,
        breaker text,
        pending bigint,
        lag_seconds double precision
    )
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH laid_out AS (
        SELECT delivery.subscription_id, count(*) AS number,
            min(delivery.place) - 1 AS place
        FROM events.delivery GROUP BY delivery.subscription_id
    )
    SELECT subscription.subscription_id, subscription.state,
        CASE WHEN open_until > statement_timestamp() THEN 'open'
            WHEN trips > 0 THEN 'half_open' ELSE 'closed' END,
        coalesce(number, 0),
        coalesce(greatest(0, extract(epoch FROM now() - CASE
            WHEN subscription.tenant_id = '00000000-0000-0000-0000-000000000000'
            THEN (
                SELECT given_at FROM events.fact_position
                WHERE fact_position.place > least(subscription.place, laid_out.place)
                ORDER BY fact_position.place LIMIT 1
            ) ELSE (
                SELECT given_at FROM events.fact_position
                WHERE fact_position.tenant_id = subscription.tenant_id
                    AND fact_position.place > least(subscription.place, laid_out.place)
                ORDER BY fact_position.place LIMIT 1
            ) END)), 0)::double precision AS lag_seconds
    FROM events.subscription LEFT JOIN laid_out USING (subscription_id)
    ORDER BY lag_seconds DESC, subscription.subscription_id LIMIT 1000
$$;

GRANT CREATE ON SCHEMA events TO events_relay;

ALTER FUNCTION events.subscribers() OWNER TO events_relay;

REVOKE CREATE ON SCHEMA events FROM events_relay;

REVOKE ALL ON FUNCTION events.subscribers FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.subscribers TO events_app;
