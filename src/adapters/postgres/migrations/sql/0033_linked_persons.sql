-- What Activity is told is linked to a person, and may never be linked to another one,
-- or to nobody, when it is told again. So what was tried before she was erased is not
-- tried any more; what was not is linked to nobody from the first. Activity's are mostly
-- of all tenants: the relay's role sees them, and the transaction's tenant is told.
CREATE FUNCTION events.linked_to(person uuid)
    RETURNS TABLE (subscription_id uuid, place bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT delivery.subscription_id, delivery.place
    FROM (
        SELECT seq, false AS is_creation FROM events.outbox
        WHERE tenant_id = events.tenant_id() AND (about = person OR done_by = person)
        UNION
        SELECT outbox.seq, true
        FROM events.event JOIN events.outbox USING (tenant_id, event_id)
        WHERE event.tenant_id = events.tenant_id() AND created_by = person
    ) AS fact
    JOIN events.fact_position AS given
        ON given.tenant_id = events.tenant_id() AND given.seq = fact.seq
    CROSS JOIN events.subscription
    JOIN events.delivery ON delivery.tenant_id = given.tenant_id
        AND delivery.subscription_id = subscription.subscription_id
        AND delivery.place = given.place
    WHERE kind = 'activity' AND (told = 'created' OR NOT is_creation)
$$;

-- Locked first: nobody begins to tell of her until she is erased.
CREATE FUNCTION events.bury_linked(person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT FROM events.delivery
    JOIN events.linked_to(person) USING (subscription_id, place)
    WHERE delivery.tenant_id = events.tenant_id()
    FOR UPDATE OF delivery;
    WITH tried AS (
        DELETE FROM events.delivery USING events.linked_to(person) AS linked
        WHERE delivery.tenant_id = events.tenant_id()
            AND delivery.subscription_id = linked.subscription_id
            AND delivery.place = linked.place AND attempts > 0
        RETURNING delivery.*
    ), buried AS (
        INSERT INTO events.dead_letter (tenant_id, subscription_id, place, position,
            seq, lane, told, attempts, error)
        SELECT tenant_id, subscription_id, place, position, seq, lane, told, attempts,
            'whom it is linked to was erased'
        FROM tried
        ON CONFLICT (tenant_id, subscription_id, place) DO NOTHING
    )
    SELECT count(*) FROM tried
$$;

GRANT CREATE ON SCHEMA events TO events_relay;

ALTER FUNCTION events.linked_to(uuid) OWNER TO events_relay;

ALTER FUNCTION events.bury_linked(uuid) OWNER TO events_relay;

REVOKE CREATE ON SCHEMA events FROM events_relay;

REVOKE ALL ON FUNCTION events.linked_to, events.bury_linked FROM PUBLIC;

GRANT EXECUTE ON FUNCTION events.bury_linked TO events_app;
