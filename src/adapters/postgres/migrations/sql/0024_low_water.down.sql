ALTER TABLE events.delivery SET (fillfactor = 80);

ALTER TABLE events.subscription DROP COLUMN laid_out_at;
