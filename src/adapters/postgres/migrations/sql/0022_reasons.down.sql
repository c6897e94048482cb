DROP FUNCTION events.forget_unseen_events;

CREATE FUNCTION events.forget_unseen_events(candidates uuid[]) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH forgotten AS (
        DELETE FROM events.event
        WHERE tenant_id = events.tenant_id()
            AND event_id = ANY (candidates)
            AND (visibility = 'private' OR status = 'draft')
            AND NOT EXISTS (
                SELECT FROM events.event_role
                WHERE event_role.tenant_id = event.tenant_id
                    AND event_role.event_id = event.event_id
                    AND (event.status <> 'draft' OR role IN ('owner', 'editor'))
            )
        RETURNING event_id
    ), untitled AS (
        UPDATE events.outbox
        SET payload = regexp_replace(
            payload, '"title":"([^"\\]|\\.)*"', '"title":""'
        )
        WHERE tenant_id = events.tenant_id()
            AND event_id IN (SELECT event_id FROM forgotten)
    )
    SELECT count(*) FROM forgotten
$$;

REVOKE ALL ON FUNCTION events.forget_unseen_events FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.forget_unseen_events TO events_app;

CREATE OR REPLACE FUNCTION events.strike_from_history(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH struck AS (
        UPDATE events.event_version SET made_by = NULL
        WHERE tenant_id = events.tenant_id() AND made_by = person
        RETURNING 1
    )
    SELECT count(*) FROM struck
$$;

CREATE OR REPLACE FUNCTION events.strike_from_facts(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH struck AS (
        UPDATE events.outbox
        SET payload = replace(payload, ':"' || person || '"', ':null'),
            about = nullif(about, person),
            done_by = nullif(done_by, person)
        WHERE tenant_id = events.tenant_id() AND (about = person OR done_by = person)
        RETURNING 1
    )
    SELECT count(*) FROM struck
$$;

CREATE OR REPLACE FUNCTION events.strike_from_ledger(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH struck AS (
        UPDATE events.seat_movement
        SET user_id = nullif(user_id, person), made_by = nullif(made_by, person)
        WHERE tenant_id = events.tenant_id()
            AND (user_id = person
                OR (made_by = person AND made_by IS DISTINCT FROM user_id))
        RETURNING 1
    )
    SELECT count(*) FROM struck
$$;
