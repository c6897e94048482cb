-- Facts of subscriptions, told as all others are: they are about no event.
ALTER TABLE events.outbox
    ALTER COLUMN event_id DROP NOT NULL,
    ALTER COLUMN event_version DROP NOT NULL,
    ALTER COLUMN visibility DROP NOT NULL,
    ALTER COLUMN status DROP NOT NULL,
    ADD COLUMN subscription_id uuid,
    ADD CONSTRAINT outbox_is_about_one_check CHECK (num_nonnulls(event_id,
        subscription_id) = 1),
    ADD CONSTRAINT outbox_event_is_whole_check CHECK (num_nulls(event_id, event_version,
        visibility, status) IN (0, 4));

-- Who delivers disables, and tells of it.
GRANT INSERT (tenant_id, message_id, subscription_id, event_type, schema_version,
    occurred_at, scope_kind, scope_id, personal, payload, traceparent, tracestate)
    ON events.outbox TO events_relay;
