-- What is in the trail stays there.
ALTER TABLE events.audit_entry
    DROP CONSTRAINT audit_entry_deed_check,
    ADD CONSTRAINT audit_entry_deed_check CHECK (deed IN (
        'event.created', 'event.updated', 'event.rolled_back', 'event.published',
        'event.postponed', 'event.cancelled', 'event.completed', 'event.archived',
        'event.deleted', 'event.restored', 'role.given', 'role.taken',
        'rsvp.answered_for', 'rsvp.withdrawn_for', 'seat.forced', 'seat.taken_away',
        'attendance.undone', 'subscription.created', 'subscription.changed',
        'subscription.deleted', 'subscription.secret_rotated', 'person.erased',
        'system_admin.used', 'attempted')) NOT VALID;

ALTER TABLE events.audit_count
    DROP CONSTRAINT audit_count_deed_check,
    ADD CONSTRAINT audit_count_deed_check CHECK (deed IN (
        'event.created', 'event.updated', 'event.rolled_back', 'event.published',
        'event.postponed', 'event.cancelled', 'event.completed', 'event.archived',
        'event.deleted', 'event.restored', 'role.given', 'role.taken',
        'rsvp.answered_for', 'rsvp.withdrawn_for', 'seat.forced', 'seat.taken_away',
        'attendance.undone', 'subscription.created', 'subscription.changed',
        'subscription.deleted', 'subscription.secret_rotated', 'person.erased',
        'system_admin.used', 'attempted')) NOT VALID;
