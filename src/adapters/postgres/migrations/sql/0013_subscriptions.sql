-- A tenant manages its own subscriptions. What the app cannot say is what they never
-- are: of more than public events, or of persons. Secrets go in and never out.
ALTER TABLE events.subscription
    ALTER COLUMN visibilities SET DEFAULT '{public}',
    ALTER COLUMN persons SET DEFAULT false;

GRANT SELECT (tenant_id, subscription_id, kind, url, description, visibilities, persons,
    scope_kind, scope_id, event_types, state, state_reason, place, failing_since,
    open_until, created_at) ON events.subscription TO events_app;

GRANT INSERT (tenant_id, subscription_id, kind, url, description, scope_kind, scope_id,
    event_types, secrets, state, place) ON events.subscription TO events_app;

GRANT UPDATE (url, description, scope_kind, scope_id, event_types, state, state_reason,
    failures, trips, open_until, failing_since) ON events.subscription TO events_app;

GRANT DELETE ON events.subscription TO events_app;

GRANT SELECT, DELETE ON events.delivery, events.dead_letter, events.attempt
    TO events_app;

-- As the owner, whom row-level security binds to the transaction's tenant: the app
-- would have to read the secrets to add one.
CREATE FUNCTION events.add_secret(which uuid, secret bytea) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH changed AS (
        UPDATE events.subscription SET secrets = (secret || secrets)[1:5]
        WHERE tenant_id = events.tenant_id() AND subscription_id = which
            AND visibilities = '{public}' AND NOT persons AND kind <> 'activity'
        RETURNING 1
    )
    SELECT count(*) FROM changed
$$;

REVOKE ALL ON FUNCTION events.add_secret FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.add_secret TO events_app;
