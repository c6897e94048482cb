DROP FUNCTION events.strike_from_audit;

DROP AGGREGATE events.chained(bytea, bytea);

DROP FUNCTION events.next_link;

REVOKE SELECT (seen) ON events.sequencer FROM events_app;

DROP TABLE events.audit_head;

DROP TABLE events.audit_link;

DROP TABLE events.audit_count;

DROP TABLE events.audit_entry;
