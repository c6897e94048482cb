-- What a tenant is called, as last heard: the neighbours want it with every call.
CREATE TABLE events.tenant_slug (
    tenant_id uuid NOT NULL,
    slug text NOT NULL,
    CONSTRAINT tenant_slug_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT tenant_slug_slug_check CHECK (slug ~ '^[!-~]{1,255}$')
);

ALTER TABLE events.tenant_slug ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.tenant_slug FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.tenant_slug
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT, UPDATE ON events.tenant_slug TO events_app;

GRANT SELECT ON events.tenant_slug TO events_relay;
