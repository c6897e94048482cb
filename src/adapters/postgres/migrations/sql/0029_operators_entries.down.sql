REVOKE INSERT ON events.audit_entry FROM events_relay;
