ALTER TABLE events.fact_head DROP COLUMN cleared;
