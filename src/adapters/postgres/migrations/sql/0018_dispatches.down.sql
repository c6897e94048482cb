REVOKE UPDATE (place) ON events.subscription FROM events_app;

REVOKE INSERT (tenant_id, subscription_id, place, position, seq, lane, told)
    ON events.delivery FROM events_app;

ALTER TABLE events.attempt DROP COLUMN told;
