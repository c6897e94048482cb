DROP FUNCTION events.totals;

REVOKE ALL ON events.occurrence, events.tally FROM events_relay;

DROP FUNCTION events.forget_unseen_events;

DROP FUNCTION events.strike_from_facts;

DROP FUNCTION events.strike_from_history;
