CREATE TABLE events.outbox (
    tenant_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    message_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_version integer NOT NULL,
    event_type text NOT NULL,
    schema_version smallint NOT NULL,
    occurred_at timestamptz NOT NULL,
    scope_kind text NOT NULL,
    scope_id uuid NOT NULL,
    visibility text NOT NULL,
    status text NOT NULL,
    visibility_before text,
    status_before text,
    personal boolean NOT NULL,
    about uuid,
    done_by uuid,
    payload text NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, seq),
    CONSTRAINT outbox_tenant_id_message_id_key UNIQUE (tenant_id, message_id),
    CONSTRAINT outbox_scope_kind_check CHECK (scope_kind IN ('TENANT', 'COMMUNITY',
        'TEAM')),
    CONSTRAINT outbox_visibility_check CHECK (visibility IN ('public', 'community',
        'team', 'private')),
    CONSTRAINT outbox_status_check CHECK (status IN ('draft', 'published',
        'postponed', 'cancelled', 'completed', 'archived')),
    CONSTRAINT outbox_visibility_before_check CHECK (visibility_before IN ('public',
        'community', 'team', 'private')),
    CONSTRAINT outbox_status_before_check CHECK (status_before IN ('draft',
        'published', 'postponed', 'cancelled', 'completed', 'archived')),
    CONSTRAINT outbox_exposure_before_check CHECK ((visibility_before IS NULL) =
        (status_before IS NULL)),
    CONSTRAINT outbox_about_is_personal_check CHECK (about IS NULL OR personal)
);

CREATE INDEX outbox_tenant_id_about_idx ON events.outbox (tenant_id, about);

CREATE INDEX outbox_tenant_id_done_by_idx ON events.outbox (tenant_id, done_by);

CREATE INDEX outbox_tenant_id_event_id_seq_idx ON events.outbox (tenant_id,
    event_id, seq);

CREATE INDEX outbox_xid_seq_idx ON events.outbox (xid, seq);

ALTER TABLE events.outbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.outbox FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.outbox
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT ON events.outbox TO events_app;

GRANT SELECT ON events.outbox TO events_relay;
