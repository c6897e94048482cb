ALTER TABLE events.outbox DROP COLUMN traceparent, DROP COLUMN tracestate;
