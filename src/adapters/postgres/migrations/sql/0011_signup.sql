-- The terms on which an event takes answers. Whoever has said nothing limits nothing.
ALTER TABLE events.event
    ADD COLUMN capacity integer,
    ADD COLUMN waitlist text NOT NULL DEFAULT 'none',
    ADD COLUMN guests_per_answer smallint NOT NULL DEFAULT 0,
    ADD COLUMN signup_opens_at timestamptz,
    ADD COLUMN signup_deadline timestamptz;

ALTER TABLE events.event
    ALTER COLUMN waitlist DROP DEFAULT,
    ALTER COLUMN guests_per_answer DROP DEFAULT,
    ADD CONSTRAINT event_waitlist_check CHECK (waitlist IN ('none', 'automatic',
        'manual')),
    ADD CONSTRAINT event_capacity_range_check CHECK (capacity BETWEEN 1 AND 1000000),
    ADD CONSTRAINT event_guests_range_check CHECK (guests_per_answer BETWEEN 0 AND
        50),
    ADD CONSTRAINT event_signup_opens_before_deadline_check CHECK (signup_opens_at
        < signup_deadline);
