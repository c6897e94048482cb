-- History and outbox are written once: the app may add to them and no more. What
-- erasing a person needs beyond that is done by these functions, as the owner, whom
-- row-level security binds to the transaction's tenant like everybody.

CREATE FUNCTION events.strike_from_history(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH struck AS (
        UPDATE events.event_version SET made_by = NULL
        WHERE tenant_id = events.tenant_id() AND made_by = person
        RETURNING 1
    )
    SELECT count(*) FROM struck
$$;

-- A payload is compact JSON, and a quotation mark within a text of it is escaped: so
-- what is looked for can only be the whole value of some key.
CREATE FUNCTION events.strike_from_facts(person uuid) RETURNS bigint
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

-- Deletes those of the events that nobody sees any more, with everything of theirs;
-- their facts stay, without the title. Touches no event that anybody can see.
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

-- Over all tenants, for metrics: numbers and nothing else. The relay's role sees
-- every tenant, so the function is hers.
CREATE FUNCTION events.totals(
    OUT events bigint,
    OUT answers bigint,
    OUT facts bigint,
    OUT oldest_seconds double precision
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        (SELECT count(*) FROM events.occurrence WHERE NOT deleted),
        (SELECT coalesce(sum(interested + going + not_going), 0) FROM events.tally),
        (SELECT count(*) FROM events.outbox),
        coalesce(
            (
                SELECT greatest(0, extract(epoch FROM now() - occurred_at))
                FROM events.outbox ORDER BY xid, seq LIMIT 1
            ),
            0
        )::double precision
$$;

GRANT SELECT (deleted) ON events.occurrence TO events_relay;

GRANT SELECT (interested, going, not_going) ON events.tally TO events_relay;

GRANT CREATE ON SCHEMA events TO events_relay;

ALTER FUNCTION events.totals() OWNER TO events_relay;

REVOKE CREATE ON SCHEMA events FROM events_relay;

REVOKE ALL ON FUNCTION events.strike_from_history, events.strike_from_facts,
    events.forget_unseen_events, events.totals FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.strike_from_history, events.strike_from_facts,
    events.forget_unseen_events, events.totals TO events_app;
