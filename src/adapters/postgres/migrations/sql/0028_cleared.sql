-- Up to where there are facts that were cleared away: who fetches them, and was there
-- before, is told. What was before this step is not known, and counts as told.
ALTER TABLE events.fact_head
    ADD COLUMN cleared bigint DEFAULT 0 NOT NULL,
    NO FORCE ROW LEVEL SECURITY;

UPDATE events.fact_head SET cleared = position;

ALTER TABLE events.fact_head
    ADD CONSTRAINT fact_head_cleared_check CHECK (cleared >= 0 AND cleared <= position),
    FORCE ROW LEVEL SECURITY;
