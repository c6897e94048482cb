-- A tenant sees what became of what its subscribers were to be told, has it tried
-- again, and sets them back.
ALTER TABLE events.attempt
    ADD COLUMN told text DEFAULT 'itself' NOT NULL,
    ADD CONSTRAINT attempt_told_check CHECK (told IN ('itself', 'created',
        'withdrawn'));

GRANT INSERT (tenant_id, subscription_id, place, position, seq, lane, told)
    ON events.delivery TO events_app;

GRANT UPDATE (place) ON events.subscription TO events_app;
