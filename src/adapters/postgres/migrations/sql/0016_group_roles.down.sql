-- What the tables before cannot hold is lost: no role becomes somebody else's.
-- For all tenants at once, so the policy has to let the owner past, here alone.
ALTER TABLE events.event_role NO FORCE ROW LEVEL SECURITY;

DELETE FROM events.event_role WHERE holder_kind <> 'USER' OR expires_at IS NOT NULL;

ALTER TABLE events.event_role FORCE ROW LEVEL SECURITY;

DROP INDEX events.event_role_group_idx;

ALTER INDEX events.event_role_holder_idx RENAME TO event_role_person_idx;

ALTER TABLE events.event_role
    DROP CONSTRAINT event_role_ends_later_check,
    DROP CONSTRAINT event_role_people_create_check,
    DROP CONSTRAINT event_role_holder_kind_check,
    DROP CONSTRAINT event_role_pkey,
    ADD CONSTRAINT event_role_pkey PRIMARY KEY (tenant_id, event_id, holder_id),
    DROP COLUMN expires_at,
    DROP COLUMN holder_kind;

ALTER TABLE events.event_role RENAME COLUMN holder_id TO user_id;

-- PostgreSQL 18 names what 15 does not.
DO $$ BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint WHERE conname = 'event_role_holder_id_not_null'
            AND conrelid = 'events.event_role'::regclass
    ) THEN
        ALTER TABLE events.event_role
            RENAME CONSTRAINT event_role_holder_id_not_null TO event_role_user_id_not_null;
    END IF;
END $$;
