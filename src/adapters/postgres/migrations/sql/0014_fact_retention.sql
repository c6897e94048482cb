-- Facts go when everybody has them and the time is over for which they are promised.
GRANT DELETE ON events.outbox, events.fact_position TO events_relay;

-- Who made an event is told also when its first fact has gone.
GRANT SELECT (created_by) ON events.event TO events_relay;
