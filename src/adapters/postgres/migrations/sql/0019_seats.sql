-- Parties, admissions, turns. Whoever was going so far has a seat.
ALTER TABLE events.rsvp
    ADD COLUMN guests smallint NOT NULL DEFAULT 0,
    ADD COLUMN admission text,
    ADD COLUMN turn integer NOT NULL DEFAULT 0,
    ADD COLUMN given_by uuid;

ALTER TABLE events.tally
    ADD COLUMN waiting integer NOT NULL DEFAULT 0,
    ADD COLUMN seats integer NOT NULL DEFAULT 0,
    ADD COLUMN turns integer NOT NULL DEFAULT 0,
    ADD COLUMN capacity integer,
    ADD COLUMN forced_to integer NOT NULL DEFAULT 0;

CREATE TABLE events.seat_movement (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurrence_key text COLLATE "C" NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    moved text NOT NULL,
    seats integer NOT NULL,
    user_id uuid,
    made_by uuid,
    made_at timestamptz NOT NULL,
    why text NOT NULL,
    reason text,
    CONSTRAINT seat_movement_pkey PRIMARY KEY (tenant_id, event_id, occurrence_key,
        number),
    CONSTRAINT seat_movement_occurrence_fkey FOREIGN KEY (tenant_id, event_id,
        occurrence_key) REFERENCES events.occurrence (tenant_id, event_id,
        occurrence_key) ON DELETE CASCADE,
    CONSTRAINT seat_movement_moved_check CHECK (moved IN ('taken', 'released',
        'promoted', 'forced')),
    CONSTRAINT seat_movement_why_check CHECK (why IN ('answered', 'party_changed',
        'withdrawn', 'seat_freed', 'chosen', 'capacity_lowered', 'erased')),
    CONSTRAINT seat_movement_moves_seats_check CHECK (seats <> 0 AND (moved NOT IN
        ('taken', 'promoted') OR seats > 0) AND (moved <> 'released' OR seats < 0))
);

-- How many seats are taken is the sum of the ledger, because nothing else can write
-- it. Beyond the capacity it goes only by force, and never up again without.
CREATE FUNCTION events.move_seats() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE events.tally
    SET seats = tally.seats + moved.seats,
        forced_to = CASE
            WHEN moved.forced THEN tally.seats + moved.seats
            ELSE least(forced_to, tally.seats + moved.seats)
        END
    FROM (
        SELECT tenant_id, event_id, occurrence_key, sum(added.seats)::integer AS seats,
            bool_or(added.moved = 'forced' AND added.seats > 0) AS forced
        FROM added GROUP BY tenant_id, event_id, occurrence_key
    ) AS moved
    WHERE tally.tenant_id = moved.tenant_id AND tally.event_id = moved.event_id
        AND tally.occurrence_key = moved.occurrence_key;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION events.move_seats FROM PUBLIC;

CREATE TRIGGER move_seats AFTER INSERT ON events.seat_movement
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION events.move_seats();

-- The owner does this for all tenants at once, in this transaction alone.
ALTER TABLE events.rsvp NO FORCE ROW LEVEL SECURITY;

ALTER TABLE events.tally NO FORCE ROW LEVEL SECURITY;

UPDATE events.rsvp SET given_by = user_id;

UPDATE events.rsvp SET admission = 'confirmed', turn = placed.turn
FROM (
    SELECT tenant_id, event_id, occurrence_key, user_id,
        row_number() OVER (
            PARTITION BY tenant_id, event_id, occurrence_key
            ORDER BY updated_at, user_id
        ) AS turn
    FROM events.rsvp WHERE answer = 'going'
) AS placed
WHERE rsvp.tenant_id = placed.tenant_id AND rsvp.event_id = placed.event_id
    AND rsvp.occurrence_key = placed.occurrence_key
    AND rsvp.user_id = placed.user_id;

UPDATE events.tally SET turns = going;

INSERT INTO events.seat_movement (
    tenant_id, event_id, occurrence_key, moved, seats, user_id, made_by, made_at, why
)
SELECT tenant_id, event_id, occurrence_key, 'taken', 1, user_id, user_id, updated_at,
    'answered'
FROM events.rsvp WHERE answer = 'going'
ORDER BY tenant_id, event_id, occurrence_key, turn;

ALTER TABLE events.rsvp FORCE ROW LEVEL SECURITY;

ALTER TABLE events.tally FORCE ROW LEVEL SECURITY;

ALTER TABLE events.rsvp
    ALTER COLUMN guests DROP DEFAULT,
    ALTER COLUMN turn DROP DEFAULT,
    ADD CONSTRAINT rsvp_guests_check CHECK (guests BETWEEN 0 AND 50 AND (guests = 0
        OR answer = 'going')),
    ADD CONSTRAINT rsvp_admission_check CHECK (admission IN ('confirmed',
        'waitlisted')),
    ADD CONSTRAINT rsvp_going_is_admitted_check CHECK ((answer = 'going') =
        (admission IS NOT NULL));

ALTER TABLE events.tally
    ALTER COLUMN waiting DROP DEFAULT,
    ALTER COLUMN seats DROP DEFAULT,
    ALTER COLUMN turns DROP DEFAULT,
    ALTER COLUMN forced_to DROP DEFAULT,
    ADD CONSTRAINT tally_waiting_check CHECK (waiting >= 0),
    ADD CONSTRAINT tally_seats_check CHECK (seats >= 0),
    ADD CONSTRAINT tally_turns_check CHECK (turns >= 0),
    ADD CONSTRAINT tally_seats_within_capacity_check CHECK (seats <=
        greatest(capacity, forced_to) OR capacity IS NULL);

DROP INDEX events.rsvp_person_idx;

CREATE INDEX rsvp_person_idx ON events.rsvp (tenant_id, user_id, event_id,
    occurrence_key) INCLUDE (answer, admission);

CREATE UNIQUE INDEX rsvp_waiting_idx ON events.rsvp (tenant_id, event_id,
    occurrence_key, turn) WHERE admission = 'waitlisted';

CREATE INDEX rsvp_given_by_idx ON events.rsvp (tenant_id, given_by)
    WHERE given_by <> user_id;

CREATE INDEX seat_movement_person_idx ON events.seat_movement (tenant_id, user_id);

CREATE INDEX seat_movement_made_by_idx ON events.seat_movement (tenant_id, made_by)
    WHERE made_by IS DISTINCT FROM user_id;

ALTER TABLE events.seat_movement ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.seat_movement FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.seat_movement
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT ON events.seat_movement TO events_app;

REVOKE UPDATE ON events.tally FROM events_app;

GRANT UPDATE (interested, going, not_going, waiting, turns, capacity)
    ON events.tally TO events_app;

CREATE FUNCTION events.strike_from_ledger(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH struck AS (
        UPDATE events.seat_movement
        SET user_id = nullif(user_id, person), made_by = nullif(made_by, person)
        WHERE tenant_id = events.tenant_id()
            AND (user_id = person
                OR (made_by = person AND made_by IS DISTINCT FROM user_id))
        RETURNING 1
    )
    SELECT count(*) FROM struck
$$;

REVOKE ALL ON FUNCTION events.strike_from_ledger FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.strike_from_ledger TO events_app;
