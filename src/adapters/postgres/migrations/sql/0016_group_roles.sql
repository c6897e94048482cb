-- A role can be a community's or a team's, for all of its members, and can end.
ALTER TABLE events.event_role RENAME COLUMN user_id TO holder_id;

-- PostgreSQL 18 names what 15 does not.
DO $$ BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint WHERE conname = 'event_role_user_id_not_null'
            AND conrelid = 'events.event_role'::regclass
    ) THEN
        ALTER TABLE events.event_role
            RENAME CONSTRAINT event_role_user_id_not_null TO event_role_holder_id_not_null;
    END IF;
END $$;

ALTER TABLE events.event_role
    ADD COLUMN holder_kind text DEFAULT 'USER' NOT NULL,
    ADD COLUMN expires_at timestamptz,
    DROP CONSTRAINT event_role_pkey,
    ADD CONSTRAINT event_role_pkey PRIMARY KEY (tenant_id, event_id, holder_id,
        holder_kind),
    ADD CONSTRAINT event_role_holder_kind_check CHECK (holder_kind IN ('USER',
        'COMMUNITY', 'TEAM')),
    ADD CONSTRAINT event_role_people_create_check CHECK (NOT by_creation OR
        holder_kind = 'USER'),
    ADD CONSTRAINT event_role_ends_later_check CHECK (expires_at > granted_at);

ALTER INDEX events.event_role_person_idx RENAME TO event_role_holder_idx;

CREATE INDEX event_role_group_idx ON events.event_role (tenant_id, holder_kind,
    holder_id) WHERE holder_kind <> 'USER';
