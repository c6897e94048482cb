REVOKE SELECT (created_by) ON events.event FROM events_relay;

REVOKE DELETE ON events.outbox, events.fact_position FROM events_relay;
