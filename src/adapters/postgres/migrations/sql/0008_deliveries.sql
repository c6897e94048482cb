-- A subscription of no tenant's is the operator's, over all of them; it bears the nil
-- UUID, which is nobody's tenant. `place` is up to where its deliveries are laid out.
CREATE TABLE events.subscription (
    tenant_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    kind text NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    visibilities text[] NOT NULL,
    persons boolean NOT NULL,
    scope_kind text,
    scope_id uuid,
    event_types text[],
    secrets bytea[] NOT NULL,
    state text NOT NULL,
    state_reason text,
    place bigint NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    trips integer DEFAULT 0 NOT NULL,
    open_until timestamptz,
    failing_since timestamptz,
    created_at timestamptz DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT subscription_pkey PRIMARY KEY (tenant_id, subscription_id),
    CONSTRAINT subscription_kind_check CHECK (kind IN ('standard', 'internal',
        'activity')),
    CONSTRAINT subscription_url_check CHECK (url ~ '^https?://' AND length(url) <=
        2000),
    CONSTRAINT subscription_description_check CHECK (length(description) <= 255),
    CONSTRAINT subscription_scope_kind_check CHECK (scope_kind IN ('TENANT',
        'COMMUNITY', 'TEAM')),
    CONSTRAINT subscription_scope_is_whole_check CHECK ((scope_kind IS NULL) =
        (scope_id IS NULL)),
    CONSTRAINT subscription_state_check CHECK (state IN ('active', 'paused',
        'disabled')),
    CONSTRAINT subscription_counts_check CHECK (place >= 0 AND failures >= 0 AND
        trips >= 0)
);

ALTER TABLE events.subscription ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.subscription FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.subscription
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE, DELETE ON events.subscription TO events_relay;

-- What is still to be delivered, and nothing else: as small as the backlog.
CREATE TABLE events.delivery (
    tenant_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    place bigint NOT NULL,
    position bigint NOT NULL,
    seq bigint NOT NULL,
    lane uuid NOT NULL,
    told text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamptz DEFAULT statement_timestamp() NOT NULL,
    lease_until timestamptz,
    lease_token uuid,
    CONSTRAINT delivery_pkey PRIMARY KEY (tenant_id, subscription_id, place),
    CONSTRAINT delivery_told_check CHECK (told IN ('itself', 'created', 'withdrawn')),
    CONSTRAINT delivery_attempts_check CHECK (attempts >= 0),
    CONSTRAINT delivery_lease_is_whole_check CHECK ((lease_until IS NULL) =
        (lease_token IS NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX delivery_subscription_id_lane_place_idx ON events.delivery
    (subscription_id, lane, place);

CREATE INDEX delivery_subscription_id_next_at_place_idx ON events.delivery
    (subscription_id, next_at, place);

ALTER TABLE events.delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.delivery FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.delivery
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE, DELETE ON events.delivery TO events_relay;

CREATE TABLE events.attempt (
    tenant_id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    subscription_id uuid NOT NULL,
    place bigint NOT NULL,
    attempt integer NOT NULL,
    made_at timestamptz DEFAULT statement_timestamp() NOT NULL,
    outcome text NOT NULL,
    status integer,
    error text,
    milliseconds integer NOT NULL,
    CONSTRAINT attempt_pkey PRIMARY KEY (tenant_id, number),
    CONSTRAINT attempt_outcome_check CHECK (outcome IN ('delivered', 'again', 'dead',
        'gone'))
);

CREATE INDEX attempt_made_at_idx ON events.attempt (made_at);

CREATE INDEX attempt_subscription_id_place_idx ON events.attempt (subscription_id,
    place);

ALTER TABLE events.attempt ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.attempt FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.attempt
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, DELETE ON events.attempt TO events_relay;

CREATE TABLE events.dead_letter (
    tenant_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    place bigint NOT NULL,
    position bigint NOT NULL,
    seq bigint NOT NULL,
    lane uuid NOT NULL,
    told text NOT NULL,
    attempts integer NOT NULL,
    died_at timestamptz DEFAULT statement_timestamp() NOT NULL,
    status integer,
    error text,
    CONSTRAINT dead_letter_pkey PRIMARY KEY (tenant_id, subscription_id, place),
    CONSTRAINT dead_letter_told_check CHECK (told IN ('itself', 'created',
        'withdrawn'))
);

CREATE INDEX dead_letter_subscription_id_place_idx ON events.dead_letter
    (subscription_id, place);

ALTER TABLE events.dead_letter ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.dead_letter FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.dead_letter
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, DELETE ON events.dead_letter TO events_relay;

-- What an event that was widened is told of with.
GRANT SELECT (tenant_id, event_id, version, snapshot) ON events.event_version
    TO events_relay;
