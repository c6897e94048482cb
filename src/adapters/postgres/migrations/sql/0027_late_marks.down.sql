ALTER TABLE events.attendance_nonce DROP COLUMN undone_at;
