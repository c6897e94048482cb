GRANT USAGE ON SCHEMA events TO events_app, events_relay;

-- Readiness compares it with the steps the service knows.
GRANT SELECT ON events.alembic_version TO events_app;

-- The tenant of this transaction; none without the setting. An empty setting is what
-- a transaction that had one leaves behind in its session.
CREATE FUNCTION events.tenant_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;

CREATE TABLE events.event (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    scope_kind text NOT NULL,
    scope_id uuid NOT NULL,
    visibility text NOT NULL,
    status text NOT NULL,
    event_type text NOT NULL,
    created_by uuid,
    title text NOT NULL,
    description text,
    location_text text,
    location_url text,
    location_lat double precision,
    location_lng double precision,
    game_id text,
    metadata json,
    searchable text COLLATE "C" NOT NULL,
    starts timestamp NOT NULL,
    starts_fold smallint NOT NULL,
    ends timestamp,
    ends_fold smallint,
    time_zone text NOT NULL,
    all_day boolean NOT NULL,
    occurrence_key text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL,
    sequence integer NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT event_scope_kind_check CHECK (scope_kind IN ('TENANT', 'COMMUNITY',
        'TEAM')),
    CONSTRAINT event_visibility_check CHECK (visibility IN ('public', 'community',
        'team', 'private')),
    CONSTRAINT event_status_check CHECK (status IN ('draft', 'published',
        'postponed', 'cancelled', 'completed', 'archived')),
    CONSTRAINT event_event_type_check CHECK (event_type IN ('meetup', 'game',
        'tournament', 'workshop', 'training', 'meeting', 'social', 'volunteering',
        'webinar', 'conference', 'other')),
    CONSTRAINT event_tenant_scope_check CHECK (scope_kind <> 'TENANT' OR scope_id =
        tenant_id),
    CONSTRAINT event_visibility_needs_scope_check CHECK ((visibility <> 'community'
        OR scope_kind = 'COMMUNITY') AND (visibility <> 'team' OR scope_kind =
        'TEAM')),
    CONSTRAINT event_title_length_check CHECK (char_length(title) BETWEEN 1 AND
        255),
    CONSTRAINT event_description_length_check CHECK (char_length(description) <=
        20000),
    CONSTRAINT event_location_text_length_check CHECK (char_length(location_text) <=
        255),
    CONSTRAINT event_location_url_check CHECK (char_length(location_url) <= 2000 AND
        location_url ~* '^https?://'),
    CONSTRAINT event_location_geo_check CHECK ((location_lat IS NULL) =
        (location_lng IS NULL) AND location_lat BETWEEN -90 AND 90 AND location_lng
        BETWEEN -180 AND 180),
    CONSTRAINT event_game_id_length_check CHECK (char_length(game_id) <= 128),
    CONSTRAINT event_metadata_check CHECK (json_typeof(metadata) = 'object' AND
        octet_length(metadata::text) <= 16384),
    CONSTRAINT event_starts_years_check CHECK (starts >= '1970-01-01' AND starts <
        '2200-01-01'),
    CONSTRAINT event_ends_years_check CHECK (ends >= '1970-01-01' AND ends <=
        '2200-01-01'),
    CONSTRAINT event_folds_check CHECK (starts_fold IN (0, 1) AND ends_fold IN (0,
        1) AND (ends IS NULL) = (ends_fold IS NULL)),
    CONSTRAINT event_time_zone_length_check CHECK (char_length(time_zone) BETWEEN 1
        AND 64),
    CONSTRAINT event_occurrence_key_length_check CHECK (char_length(occurrence_key)
        BETWEEN 1 AND 32),
    CONSTRAINT event_updated_after_created_check CHECK (updated_at >= created_at),
    CONSTRAINT event_version_counts_from_one_check CHECK (version >= 1),
    CONSTRAINT event_sequence_counts_from_zero_check CHECK (sequence >= 0)
);

CREATE INDEX event_tenant_id_created_by_idx ON events.event (tenant_id,
    created_by);

ALTER TABLE events.event ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.event FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.event
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE ON events.event TO events_app;

CREATE TABLE events.occurrence (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurrence_key text COLLATE "C" NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    lasts_until timestamptz NOT NULL,
    scope_kind text NOT NULL,
    scope_id uuid NOT NULL,
    visibility text NOT NULL,
    status text NOT NULL,
    event_type text NOT NULL,
    created_by uuid,
    deleted boolean NOT NULL,
    CONSTRAINT occurrence_pkey PRIMARY KEY (tenant_id, event_id, occurrence_key),
    CONSTRAINT occurrence_event_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES
        events.event (tenant_id, event_id) ON DELETE CASCADE,
    CONSTRAINT occurrence_scope_kind_check CHECK (scope_kind IN ('TENANT',
        'COMMUNITY', 'TEAM')),
    CONSTRAINT occurrence_visibility_check CHECK (visibility IN ('public',
        'community', 'team', 'private')),
    CONSTRAINT occurrence_status_check CHECK (status IN ('draft', 'published',
        'postponed', 'cancelled', 'completed', 'archived')),
    CONSTRAINT occurrence_event_type_check CHECK (event_type IN ('meetup', 'game',
        'tournament', 'workshop', 'training', 'meeting', 'social', 'volunteering',
        'webinar', 'conference', 'other')),
    CONSTRAINT occurrence_tenant_scope_check CHECK (scope_kind <> 'TENANT' OR
        scope_id = tenant_id),
    CONSTRAINT occurrence_visibility_needs_scope_check CHECK ((visibility <>
        'community' OR scope_kind = 'COMMUNITY') AND (visibility <> 'team' OR
        scope_kind = 'TEAM')),
    CONSTRAINT occurrence_end_after_start_check CHECK (ends_at > starts_at),
    CONSTRAINT occurrence_lasts_until_end_check CHECK (lasts_until >= starts_at AND
        lasts_until = ends_at),
    CONSTRAINT occurrence_at_most_400_days_check CHECK (lasts_until - starts_at <=
        interval '400 days'),
    CONSTRAINT occurrence_years_check CHECK (starts_at >= '1969-12-31T00:00Z' AND
        starts_at < '2200-01-02T00:00Z')
);

CREATE INDEX occurrence_created_by_start_idx ON events.occurrence (tenant_id,
    created_by, starts_at);

CREATE INDEX occurrence_long_idx ON events.occurrence (tenant_id, lasts_until)
    WHERE lasts_until - starts_at > interval '745 hours';

CREATE INDEX occurrence_scope_id_start_idx ON events.occurrence (tenant_id,
    scope_id, starts_at);

CREATE INDEX occurrence_start_idx ON events.occurrence (tenant_id, starts_at,
    event_id, occurrence_key) INCLUDE (lasts_until, visibility, status,
    scope_kind, scope_id, event_type, created_by, deleted);

CREATE INDEX occurrence_status_start_idx ON events.occurrence (tenant_id,
    status, starts_at);

ALTER TABLE events.occurrence ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.occurrence FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.occurrence
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE ON events.occurrence TO events_app;

CREATE TABLE events.event_role (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    granted_at timestamptz NOT NULL,
    granted_by uuid,
    by_creation boolean NOT NULL,
    CONSTRAINT event_role_pkey PRIMARY KEY (tenant_id, event_id, user_id),
    CONSTRAINT event_role_event_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES
        events.event (tenant_id, event_id) ON DELETE CASCADE,
    CONSTRAINT event_role_role_check CHECK (role IN ('owner', 'editor', 'checkin',
        'viewer')),
    CONSTRAINT event_role_nobody_grants_by_creation_check CHECK (NOT by_creation OR
        granted_by IS NULL)
);

CREATE INDEX event_role_person_idx ON events.event_role (tenant_id, user_id,
    event_id);

CREATE INDEX event_role_tenant_id_granted_by_idx ON events.event_role
    (tenant_id, granted_by);

ALTER TABLE events.event_role ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.event_role FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.event_role
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE, DELETE ON events.event_role TO events_app;

CREATE TABLE events.event_version (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    version integer NOT NULL,
    made_by uuid,
    made_at timestamptz NOT NULL,
    via text NOT NULL,
    reason text,
    changes json NOT NULL,
    snapshot json NOT NULL,
    CONSTRAINT event_version_pkey PRIMARY KEY (tenant_id, event_id, version),
    CONSTRAINT event_version_event_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES
        events.event (tenant_id, event_id) ON DELETE CASCADE,
    CONSTRAINT event_version_counts_from_one_check CHECK (version >= 1),
    CONSTRAINT event_version_via_check CHECK (via IN ('http', 'cli', 'import',
        'rollback', 'system'))
);

CREATE INDEX event_version_tenant_id_made_by_idx ON events.event_version
    (tenant_id, made_by);

ALTER TABLE events.event_version ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.event_version FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.event_version
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT ON events.event_version TO events_app;

CREATE TABLE events.scope (
    tenant_id uuid NOT NULL,
    scope_kind text NOT NULL,
    scope_id uuid NOT NULL,
    visibility text NOT NULL,
    status text NOT NULL,
    CONSTRAINT scope_pkey PRIMARY KEY (tenant_id, scope_kind, scope_id, visibility,
        status),
    CONSTRAINT scope_scope_kind_check CHECK (scope_kind IN ('TENANT', 'COMMUNITY',
        'TEAM')),
    CONSTRAINT scope_visibility_check CHECK (visibility IN ('public', 'community',
        'team', 'private')),
    CONSTRAINT scope_status_check CHECK (status IN ('draft', 'published',
        'postponed', 'cancelled', 'completed', 'archived'))
);

ALTER TABLE events.scope ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.scope FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.scope
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT ON events.scope TO events_app;
