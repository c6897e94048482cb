REVOKE UPDATE (xid) ON events.outbox FROM events_relay;

DROP TABLE events.fact_position;

DROP TABLE events.fact_head;

DROP TABLE events.sequencer;
