-- Of what was answered so far nobody knows; it is told as it was told then.
ALTER TABLE events.attendance_nonce ADD COLUMN made boolean NOT NULL DEFAULT true;

ALTER TABLE events.attendance_nonce ALTER COLUMN made DROP DEFAULT;
