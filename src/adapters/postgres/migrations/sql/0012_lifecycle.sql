-- A deleted event is for nobody, and that it was deleted is told to whom it was for.
ALTER TABLE events.outbox
    ADD COLUMN deleted boolean DEFAULT false NOT NULL,
    ADD COLUMN deleted_before boolean;

-- Housekeeping walks over what is over, of all tenants, and finds little.
CREATE INDEX occurrence_to_complete_idx ON events.occurrence (lasts_until, event_id)
    WHERE status = 'published' AND NOT deleted;

CREATE INDEX occurrence_to_archive_idx ON events.occurrence (lasts_until, event_id)
    WHERE status IN ('cancelled', 'completed') AND NOT deleted;

GRANT SELECT (status) ON events.occurrence TO events_relay;
