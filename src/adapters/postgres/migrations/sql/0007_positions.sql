-- What the outbox looked like when positions were last given. One row for ever; who
-- gives positions holds its lock. `cluster` says where the snapshot means something.
CREATE TABLE events.sequencer (
    is_only boolean NOT NULL,
    seen pg_snapshot NOT NULL,
    last_place bigint NOT NULL,
    cluster bigint NOT NULL,
    CONSTRAINT sequencer_pkey PRIMARY KEY (is_only),
    CONSTRAINT sequencer_is_only_check CHECK (is_only),
    CONSTRAINT sequencer_last_place_check CHECK (last_place >= 0)
);

-- The first look finds whatever is there already: nothing had committed by then.
INSERT INTO events.sequencer
SELECT true, '3:3:'::pg_snapshot, 0, system_identifier FROM pg_control_system();

GRANT SELECT, UPDATE ON events.sequencer TO events_relay;

CREATE TABLE events.fact_head (
    tenant_id uuid NOT NULL,
    position bigint NOT NULL,
    place bigint NOT NULL,
    CONSTRAINT fact_head_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT fact_head_counts_from_one_check CHECK (position >= 1 AND place >=
        position)
);

ALTER TABLE events.fact_head ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.fact_head FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.fact_head
    USING (tenant_id = events.tenant_id());

GRANT SELECT ON events.fact_head TO events_app;

GRANT SELECT, INSERT, UPDATE ON events.fact_head TO events_relay;

CREATE TABLE events.fact_position (
    tenant_id uuid NOT NULL,
    position bigint NOT NULL,
    place bigint NOT NULL,
    seq bigint NOT NULL,
    given_at timestamptz DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT fact_position_pkey PRIMARY KEY (tenant_id, position),
    CONSTRAINT fact_position_tenant_id_place_key UNIQUE (tenant_id, place),
    CONSTRAINT fact_position_tenant_id_seq_key UNIQUE (tenant_id, seq),
    CONSTRAINT fact_position_counts_from_one_check CHECK (position >= 1 AND place >=
        position)
);

CREATE INDEX fact_position_place_idx ON events.fact_position (place);

ALTER TABLE events.fact_position ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.fact_position FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.fact_position
    USING (tenant_id = events.tenant_id());

GRANT SELECT ON events.fact_position TO events_app;

GRANT SELECT, INSERT ON events.fact_position TO events_relay;

-- After a restore into another cluster the ids of transactions start again.
GRANT UPDATE (xid) ON events.outbox TO events_relay;
