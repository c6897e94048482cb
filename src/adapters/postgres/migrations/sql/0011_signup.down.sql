ALTER TABLE events.event
    DROP COLUMN capacity,
    DROP COLUMN waitlist,
    DROP COLUMN guests_per_answer,
    DROP COLUMN signup_opens_at,
    DROP COLUMN signup_deadline;
