-- Who claims begins where there can be anything: not before whatever is still there,
-- or where anything was laid out last.
ALTER TABLE events.subscription
    ADD COLUMN laid_out_at timestamptz DEFAULT statement_timestamp() NOT NULL;

-- A claim changes each row in its place, and no index: there has to be room for it.
ALTER TABLE events.delivery SET (fillfactor = 60);
