-- Who did it gave the reason. What is looked for is a key: in a text of the payload its
-- quotation marks are escaped.
CREATE OR REPLACE FUNCTION events.strike_from_facts(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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

DROP FUNCTION events.is_linked;
