-- What an operator does to subscriptions is in the audit trail, too.
GRANT INSERT ON events.audit_entry TO events_relay;
