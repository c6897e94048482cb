REVOKE SELECT ON events.alembic_version FROM events_relay;

REVOKE SELECT (signature, forgotten_at) ON events.signature FROM events_relay;

REVOKE SELECT (tenant_id, user_id, key, forgotten_at) ON events.repeat
    FROM events_relay;

REVOKE SELECT (tenant_id, event_id, lasts_until) ON events.occurrence
    FROM events_relay;

REVOKE DELETE ON events.event, events.repeat, events.signature FROM events_relay;

DROP FUNCTION events.tenant_of_event;

REVOKE SELECT (tenant_id, event_id, status, deleted_at) ON events.event
    FROM events_relay;
