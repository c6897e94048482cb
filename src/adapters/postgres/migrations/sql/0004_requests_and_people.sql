CREATE TABLE events.repeat (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    key bytea NOT NULL,
    fingerprint bytea NOT NULL,
    seed uuid NOT NULL,
    leased_until timestamptz,
    forgotten_at timestamptz NOT NULL,
    status smallint,
    headers json,
    body bytea,
    CONSTRAINT repeat_pkey PRIMARY KEY (tenant_id, user_id, key),
    CONSTRAINT repeat_answer_is_whole_check CHECK (num_nulls(status, headers, body)
        IN (0, 3) AND (status IS NULL OR leased_until IS NULL))
);

CREATE INDEX repeat_tenant_id_forgotten_at_idx ON events.repeat (tenant_id,
    forgotten_at);

ALTER TABLE events.repeat ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.repeat FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.repeat
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE, DELETE ON events.repeat TO events_app;

CREATE TABLE events.signature (
    signature bytea NOT NULL,
    context bytea NOT NULL,
    forgotten_at timestamptz NOT NULL,
    CONSTRAINT signature_pkey PRIMARY KEY (signature)
);

CREATE INDEX signature_forgotten_at_idx ON events.signature (forgotten_at);

GRANT SELECT, INSERT, DELETE ON events.signature TO events_app;

-- To lock what it clears away; nothing of a row is ever changed.
GRANT UPDATE (forgotten_at) ON events.signature TO events_app;

CREATE TABLE events.membership (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    scope_kind text NOT NULL,
    scope_id uuid NOT NULL,
    CONSTRAINT membership_pkey PRIMARY KEY (tenant_id, user_id, scope_kind,
        scope_id),
    CONSTRAINT membership_has_members_check CHECK (scope_kind IN ('COMMUNITY',
        'TEAM'))
);

ALTER TABLE events.membership ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.membership FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.membership
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, DELETE ON events.membership TO events_app;

CREATE TABLE events.role_binding (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    scope_kind text NOT NULL,
    scope_id uuid NOT NULL,
    role text NOT NULL,
    CONSTRAINT role_binding_pkey PRIMARY KEY (tenant_id, user_id, scope_kind,
        scope_id, role),
    CONSTRAINT role_binding_scope_kind_check CHECK (scope_kind IN ('TENANT',
        'COMMUNITY', 'TEAM')),
    CONSTRAINT role_binding_tenant_scope_check CHECK (scope_kind <> 'TENANT' OR
        scope_id = tenant_id),
    CONSTRAINT role_binding_role_check CHECK (role IN ('events.participant',
        'events.organizer'))
);

ALTER TABLE events.role_binding ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.role_binding FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.role_binding
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, DELETE ON events.role_binding TO events_app;
