DROP TABLE events.attendance_nonce;

-- Without the column they would count as present.
DELETE FROM events.attendance WHERE undone_at IS NOT NULL;

ALTER TABLE events.attendance DROP COLUMN undone_at;

DROP TABLE events.notice;
