-- What Activity is told is linked to a person, and may never be linked to another one,
-- or to nobody, when it is told again. So what was tried before she was erased is not
-- tried any more; what was not is linked to nobody from the first.
CREATE FUNCTION events.is_linked(
    fact events.outbox, told text, person uuid
) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(fact.about = person OR fact.done_by = person, false)
        OR (told = 'created' AND EXISTS (
            SELECT FROM events.event
            WHERE event.tenant_id = fact.tenant_id AND event.event_id = fact.event_id
                AND event.created_by = person
        ))
$$;

REVOKE ALL ON FUNCTION events.is_linked FROM PUBLIC;

-- Who did it gave the reason. What is looked for is a key: in a text of the payload its
-- quotation marks are escaped.
CREATE OR REPLACE FUNCTION events.strike_from_facts(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    -- Nobody begins to tell of her until this is over.
    SELECT FROM events.delivery JOIN events.outbox USING (tenant_id, seq)
    WHERE delivery.tenant_id = events.tenant_id() AND lane = delivery.tenant_id
        AND events.is_linked(outbox, told, person)
    FOR UPDATE OF delivery;
    -- A lane of its own is what each tenant is at Activity, and nowhere else.
    WITH tried AS (
        DELETE FROM events.delivery USING events.outbox
        WHERE delivery.tenant_id = events.tenant_id() AND lane = delivery.tenant_id
            AND attempts > 0 AND outbox.tenant_id = delivery.tenant_id
            AND outbox.seq = delivery.seq AND events.is_linked(outbox, told, person)
        RETURNING delivery.*
    )
    INSERT INTO events.dead_letter (tenant_id, subscription_id, place, position, seq,
        lane, told, attempts, error)
    SELECT tenant_id, subscription_id, place, position, seq, lane, told, attempts,
        'whom it is linked to was erased'
    FROM tried
    ON CONFLICT (tenant_id, subscription_id, place) DO NOTHING;
    WITH struck AS (
        UPDATE events.outbox
        SET payload = replace(
                CASE WHEN done_by = person THEN regexp_replace(
                    payload, '"reason":"([^"\\]|\\.)*"', '"reason":null'
                ) ELSE payload END,
                ':"' || person || '"', ':null'
            ),
            about = nullif(about, person),
            done_by = nullif(done_by, person)
        WHERE tenant_id = events.tenant_id() AND (about = person OR done_by = person)
        RETURNING 1
    )
    SELECT count(*) FROM struck
$$;
