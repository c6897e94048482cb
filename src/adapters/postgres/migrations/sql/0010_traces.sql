ALTER TABLE events.outbox
    ADD COLUMN traceparent text,
    ADD COLUMN tracestate text,
    ADD CONSTRAINT outbox_traceparent_check CHECK (length(traceparent) = 55),
    ADD CONSTRAINT outbox_tracestate_check CHECK (tracestate IS NULL
        OR (length(tracestate) <= 512 AND traceparent IS NOT NULL));
