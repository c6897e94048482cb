CREATE TABLE events.notice (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurrence_key text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    event_version integer NOT NULL,
    kind text NOT NULL,
    noted_at timestamptz NOT NULL,
    forgotten_at timestamptz NOT NULL,
    CONSTRAINT notice_pkey PRIMARY KEY (tenant_id, event_id, occurrence_key, user_id,
        event_version),
    CONSTRAINT notice_occurrence_fkey FOREIGN KEY (tenant_id, event_id,
        occurrence_key) REFERENCES events.occurrence (tenant_id, event_id,
        occurrence_key) ON DELETE CASCADE,
    CONSTRAINT notice_kind_check CHECK (kind IN ('cancelled', 'postponed',
        'changed'))
);

CREATE INDEX notice_person_idx ON events.notice (tenant_id, user_id);

CREATE INDEX notice_forgotten_at_idx ON events.notice (forgotten_at);

ALTER TABLE events.notice ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.notice FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.notice
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, DELETE ON events.notice TO events_app;

GRANT SELECT (tenant_id, event_id, occurrence_key, user_id, event_version,
    forgotten_at), DELETE ON events.notice TO events_relay;

-- A mark that was taken back stays, so that a late copy of it is known for one.
ALTER TABLE events.attendance ADD COLUMN undone_at timestamptz;

-- What was answered to a nonce, for whoever asks again under it.
CREATE TABLE events.attendance_nonce (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurrence_key text COLLATE "C" NOT NULL,
    nonce text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    marked_by uuid,
    marked_at timestamptz NOT NULL,
    CONSTRAINT attendance_nonce_pkey PRIMARY KEY (tenant_id, event_id,
        occurrence_key, nonce),
    CONSTRAINT attendance_nonce_occurrence_fkey FOREIGN KEY (tenant_id, event_id,
        occurrence_key) REFERENCES events.occurrence (tenant_id, event_id,
        occurrence_key) ON DELETE CASCADE,
    CONSTRAINT attendance_nonce_nonce_length_check CHECK (char_length(nonce) BETWEEN
        1 AND 128)
);

CREATE INDEX attendance_nonce_person_idx ON events.attendance_nonce (tenant_id,
    user_id);

CREATE INDEX attendance_nonce_tenant_id_marked_by_idx ON events.attendance_nonce
    (tenant_id, marked_by);

ALTER TABLE events.attendance_nonce ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.attendance_nonce FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.attendance_nonce
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE, DELETE ON events.attendance_nonce TO events_app;
