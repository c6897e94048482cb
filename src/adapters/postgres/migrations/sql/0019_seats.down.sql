DROP FUNCTION events.strike_from_ledger;

DROP TABLE events.seat_movement;

DROP FUNCTION events.move_seats;

DROP INDEX events.rsvp_person_idx;

DROP INDEX events.rsvp_waiting_idx;

DROP INDEX events.rsvp_given_by_idx;

REVOKE UPDATE (interested, going, not_going, waiting, turns, capacity)
    ON events.tally FROM events_app;

GRANT UPDATE ON events.tally TO events_app;

ALTER TABLE events.tally
    DROP COLUMN waiting,
    DROP COLUMN seats,
    DROP COLUMN turns,
    DROP COLUMN capacity,
    DROP COLUMN forced_to;

-- There was no waiting then: who waits is interested.
ALTER TABLE events.rsvp NO FORCE ROW LEVEL SECURITY;

ALTER TABLE events.rsvp DROP CONSTRAINT rsvp_going_is_admitted_check;

UPDATE events.rsvp SET answer = 'interested', guests = 0 WHERE admission = 'waitlisted';

ALTER TABLE events.rsvp FORCE ROW LEVEL SECURITY;

ALTER TABLE events.rsvp
    DROP COLUMN guests,
    DROP COLUMN admission,
    DROP COLUMN turn,
    DROP COLUMN given_by;

ALTER TABLE events.tally NO FORCE ROW LEVEL SECURITY;

UPDATE events.tally SET interested = counted.interested
FROM (
    SELECT tenant_id, event_id, occurrence_key, count(*) AS interested
    FROM events.rsvp WHERE answer = 'interested'
    GROUP BY tenant_id, event_id, occurrence_key
) AS counted
WHERE tally.tenant_id = counted.tenant_id AND tally.event_id = counted.event_id
    AND tally.occurrence_key = counted.occurrence_key;

ALTER TABLE events.tally FORCE ROW LEVEL SECURITY;

CREATE INDEX rsvp_person_idx ON events.rsvp (tenant_id, user_id, event_id,
    occurrence_key) INCLUDE (answer);
