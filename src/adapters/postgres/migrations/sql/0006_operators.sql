-- An operator knows an event by its id alone. Which tenant's it is tells nobody
-- anything about it; the app asks, as the function of whom sees every tenant.
GRANT SELECT (tenant_id, event_id) ON events.event TO events_relay;

CREATE FUNCTION events.tenant_of_event(wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT tenant_id FROM events.event WHERE event_id = wanted
$$;

GRANT CREATE ON SCHEMA events TO events_relay;

ALTER FUNCTION events.tenant_of_event(uuid) OWNER TO events_relay;

REVOKE CREATE ON SCHEMA events FROM events_relay;

REVOKE ALL ON FUNCTION events.tenant_of_event FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.tenant_of_event TO events_app;

-- Retention is the relay's: what has expired, and events archived long ago, with all
-- that hangs on them.
GRANT DELETE ON events.event, events.repeat, events.signature TO events_relay;

GRANT SELECT (status, deleted_at) ON events.event TO events_relay;

GRANT SELECT (tenant_id, event_id, lasts_until) ON events.occurrence TO events_relay;

GRANT SELECT (tenant_id, user_id, key, forgotten_at) ON events.repeat TO events_relay;

GRANT SELECT (signature, forgotten_at) ON events.signature TO events_relay;

-- Before it clears up, the relay looks whether all of this is there.
GRANT SELECT ON events.alembic_version TO events_relay;
