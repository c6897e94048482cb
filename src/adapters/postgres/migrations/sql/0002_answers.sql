CREATE TABLE events.tally (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurrence_key text COLLATE "C" NOT NULL,
    interested integer NOT NULL,
    going integer NOT NULL,
    not_going integer NOT NULL,
    CONSTRAINT tally_pkey PRIMARY KEY (tenant_id, event_id, occurrence_key),
    CONSTRAINT tally_occurrence_fkey FOREIGN KEY (tenant_id, event_id,
        occurrence_key) REFERENCES events.occurrence (tenant_id, event_id,
        occurrence_key) ON DELETE CASCADE,
    CONSTRAINT tally_interested_check CHECK (interested >= 0),
    CONSTRAINT tally_going_check CHECK (going >= 0),
    CONSTRAINT tally_not_going_check CHECK (not_going >= 0)
);

ALTER TABLE events.tally ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.tally FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.tally
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE ON events.tally TO events_app;

CREATE TABLE events.rsvp (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurrence_key text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    answer text NOT NULL,
    comment text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT rsvp_pkey PRIMARY KEY (tenant_id, event_id, occurrence_key, user_id),
    CONSTRAINT rsvp_occurrence_fkey FOREIGN KEY (tenant_id, event_id,
        occurrence_key) REFERENCES events.occurrence (tenant_id, event_id,
        occurrence_key) ON DELETE CASCADE,
    CONSTRAINT rsvp_answer_check CHECK (answer IN ('interested', 'going',
        'not_going')),
    CONSTRAINT rsvp_comment_length_check CHECK (char_length(comment) <= 2000)
);

CREATE INDEX rsvp_person_idx ON events.rsvp (tenant_id, user_id, event_id,
    occurrence_key) INCLUDE (answer);

ALTER TABLE events.rsvp ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.rsvp FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.rsvp
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE, DELETE ON events.rsvp TO events_app;

CREATE TABLE events.attendance (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurrence_key text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    marked_by uuid,
    marked_at timestamptz NOT NULL,
    CONSTRAINT attendance_pkey PRIMARY KEY (tenant_id, event_id, occurrence_key,
        user_id),
    CONSTRAINT attendance_occurrence_fkey FOREIGN KEY (tenant_id, event_id,
        occurrence_key) REFERENCES events.occurrence (tenant_id, event_id,
        occurrence_key) ON DELETE CASCADE
);

CREATE INDEX attendance_person_idx ON events.attendance (tenant_id, user_id);

CREATE INDEX attendance_tenant_id_marked_by_idx ON events.attendance (tenant_id,
    marked_by);

ALTER TABLE events.attendance ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.attendance FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.attendance
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE, DELETE ON events.attendance TO events_app;
