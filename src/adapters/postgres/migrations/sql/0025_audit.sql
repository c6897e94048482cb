CREATE TABLE events.audit_entry (
    tenant_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    deed text NOT NULL,
    outcome text NOT NULL,
    done_at timestamptz NOT NULL,
    via text NOT NULL,
    as_admin boolean NOT NULL,
    event_id uuid,
    occurrence_key text COLLATE "C",
    event_version integer,
    subject_id uuid,
    names text[] NOT NULL,
    times integer NOT NULL,
    done_by uuid,
    done_by_digest bytea,
    done_by_salt bytea,
    whom uuid,
    whom_digest bytea,
    whom_salt bytea,
    request_id text,
    request_id_digest bytea,
    request_id_salt bytea,
    digest bytea NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT audit_entry_pkey PRIMARY KEY (tenant_id, seq),
    CONSTRAINT audit_entry_deed_check CHECK (deed IN ('event.created', 'event.updated', 'event.rolled_back',
        'event.published', 'event.postponed', 'event.cancelled',
        'event.completed', 'event.archived', 'event.deleted', 'event.restored',
        'role.given', 'role.taken', 'rsvp.answered_for', 'rsvp.withdrawn_for',
        'seat.forced', 'seat.taken_away', 'attendance.undone',
        'subscription.created', 'subscription.changed', 'subscription.deleted',
        'subscription.secret_rotated', 'person.erased', 'system_admin.used',
        'attempted')),
    CONSTRAINT audit_entry_outcome_check CHECK (outcome IN ('done', 'denied')),
    CONSTRAINT audit_entry_via_check CHECK (via IN ('http', 'cli', 'import', 'rollback',
        'system')),
    CONSTRAINT audit_entry_times_check CHECK (times >= 0),
    CONSTRAINT audit_entry_digest_check CHECK (octet_length(digest) = 32),
    CONSTRAINT audit_entry_done_by_check CHECK ((done_by IS NULL) = (done_by_salt IS NULL)
        AND (done_by_salt IS NULL OR done_by_digest IS NOT NULL)),
    CONSTRAINT audit_entry_whom_check CHECK ((whom IS NULL) = (whom_salt IS NULL)
        AND (whom_salt IS NULL OR whom_digest IS NOT NULL)),
    CONSTRAINT audit_entry_request_id_check CHECK ((request_id IS NULL) = (request_id_salt IS NULL)
        AND (request_id_salt IS NULL OR request_id_digest IS NOT NULL))
);

CREATE INDEX audit_entry_xid_seq_idx ON events.audit_entry (xid, seq);

CREATE INDEX audit_entry_tenant_id_done_by_seq_idx ON events.audit_entry (tenant_id,
    done_by, seq);

CREATE INDEX audit_entry_tenant_id_event_id_seq_idx ON events.audit_entry (tenant_id,
    event_id, seq);

CREATE INDEX audit_entry_tenant_id_whom_seq_idx ON events.audit_entry (tenant_id, whom,
    seq) WHERE whom IS NOT NULL;

CREATE TABLE events.audit_count (
    tenant_id uuid NOT NULL,
    minute timestamptz NOT NULL,
    done_by uuid NOT NULL,
    deed text NOT NULL,
    outcome text NOT NULL,
    via text NOT NULL,
    names text[] NOT NULL,
    done_at timestamptz NOT NULL,
    as_admin boolean NOT NULL,
    request_id text,
    event_id uuid,
    times integer NOT NULL,
    CONSTRAINT audit_count_pkey PRIMARY KEY (tenant_id, minute, done_by, deed, outcome,
        via, names),
    CONSTRAINT audit_count_deed_check CHECK (deed IN ('event.created', 'event.updated', 'event.rolled_back',
        'event.published', 'event.postponed', 'event.cancelled',
        'event.completed', 'event.archived', 'event.deleted', 'event.restored',
        'role.given', 'role.taken', 'rsvp.answered_for', 'rsvp.withdrawn_for',
        'seat.forced', 'seat.taken_away', 'attendance.undone',
        'subscription.created', 'subscription.changed', 'subscription.deleted',
        'subscription.secret_rotated', 'person.erased', 'system_admin.used',
        'attempted')),
    CONSTRAINT audit_count_outcome_check CHECK (outcome IN ('done', 'denied')),
    CONSTRAINT audit_count_via_check CHECK (via IN ('http', 'cli', 'import', 'rollback',
        'system')),
    CONSTRAINT audit_count_times_check CHECK (times >= 1)
);

CREATE TABLE events.audit_link (
    tenant_id uuid NOT NULL,
    position bigint NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_link_pkey PRIMARY KEY (tenant_id, position),
    CONSTRAINT audit_link_tenant_id_seq_key UNIQUE (tenant_id, seq),
    CONSTRAINT audit_link_position_check CHECK (position >= 1),
    CONSTRAINT audit_link_hash_check CHECK (octet_length(hash) = 32)
);

CREATE TABLE events.audit_head (
    tenant_id uuid NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_head_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT audit_head_position_check CHECK (position >= 1),
    CONSTRAINT audit_head_hash_check CHECK (octet_length(hash) = 32)
);

ALTER TABLE events.audit_entry ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.audit_entry FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.audit_entry
    USING (tenant_id = events.tenant_id());

ALTER TABLE events.audit_count ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.audit_count FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.audit_count
    USING (tenant_id = events.tenant_id());

ALTER TABLE events.audit_link ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.audit_link FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.audit_link
    USING (tenant_id = events.tenant_id());

ALTER TABLE events.audit_head ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.audit_head FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.audit_head
    USING (tenant_id = events.tenant_id());

GRANT SELECT, INSERT ON events.audit_entry TO events_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON events.audit_count TO events_app;

GRANT SELECT ON events.audit_link, events.audit_head TO events_app;

-- What the chain has passed can be told from what is still to be chained.
GRANT SELECT (seen) ON events.sequencer TO events_app;

-- Who chains needs to know of no deed, and of nobody.
GRANT SELECT (tenant_id, seq, digest, xid) ON events.audit_entry TO events_relay;

-- After a restore into another cluster the ids of transactions start again.
GRANT UPDATE (xid) ON events.audit_entry TO events_relay;

GRANT SELECT, INSERT ON events.audit_link TO events_relay;

GRANT SELECT, INSERT, UPDATE ON events.audit_head TO events_relay;

-- The hash of each link in its turn, over a window in the order of the chain; the
-- first argument is the hash that the window follows on.
CREATE FUNCTION events.next_link(so_far bytea, beginning bytea, digest bytea)
    RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT pg_catalog.sha256(coalesce(so_far, beginning) || digest) $$;

REVOKE ALL ON FUNCTION events.next_link FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.next_link TO events_relay;

CREATE AGGREGATE events.chained(beginning bytea, digest bytea) (
    SFUNC = events.next_link, STYPE = bytea, PARALLEL = SAFE
);

REVOKE ALL ON FUNCTION events.chained(bytea, bytea) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.chained(bytea, bytea) TO events_relay;

-- Takes a person's values and their salts, and returns how many values: what is hashed
-- of them stays. Her requests lead to her.
CREATE FUNCTION events.strike_from_audit(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH hers AS (
        SELECT seq,
            done_by IS NOT DISTINCT FROM person AS by_her,
            whom IS NOT DISTINCT FROM person AS to_her,
            request_id IS NOT NULL AS asked
        FROM events.audit_entry
        WHERE tenant_id = events.tenant_id() AND (done_by = person OR whom = person)
        ORDER BY seq FOR UPDATE
    ), struck AS (
        UPDATE events.audit_entry
        SET done_by = CASE WHEN by_her THEN NULL ELSE done_by END,
            done_by_salt = CASE WHEN by_her THEN NULL ELSE done_by_salt END,
            request_id = CASE WHEN by_her THEN NULL ELSE request_id END,
            request_id_salt = CASE WHEN by_her THEN NULL ELSE request_id_salt END,
            whom = CASE WHEN to_her THEN NULL ELSE whom END,
            whom_salt = CASE WHEN to_her THEN NULL ELSE whom_salt END
        FROM hers
        WHERE tenant_id = events.tenant_id() AND audit_entry.seq = hers.seq
    )
    SELECT coalesce(sum(by_her::int + (by_her AND asked)::int + to_her::int), 0)
    FROM hers
$$;

REVOKE ALL ON FUNCTION events.strike_from_audit FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.strike_from_audit TO events_app;
