-- What was answered to a mark that came too late: that it had been taken back.
ALTER TABLE events.attendance_nonce ADD COLUMN undone_at timestamptz;
