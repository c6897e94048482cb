REVOKE SELECT (tenant_id, event_id, version, snapshot) ON events.event_version
    FROM events_relay;

DROP TABLE events.dead_letter;

DROP TABLE events.attempt;

DROP TABLE events.delivery;

DROP TABLE events.subscription;
