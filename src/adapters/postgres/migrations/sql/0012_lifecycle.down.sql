REVOKE SELECT (status) ON events.occurrence FROM events_relay;

DROP INDEX events.occurrence_to_archive_idx;

DROP INDEX events.occurrence_to_complete_idx;

ALTER TABLE events.outbox DROP COLUMN deleted_before, DROP COLUMN deleted;
