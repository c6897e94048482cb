ALTER TABLE events.attendance_nonce DROP COLUMN made;
