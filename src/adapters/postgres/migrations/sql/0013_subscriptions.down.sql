DROP FUNCTION events.add_secret;

REVOKE ALL ON events.subscription, events.delivery, events.dead_letter, events.attempt
    FROM events_app;

ALTER TABLE events.subscription
    ALTER COLUMN visibilities DROP DEFAULT,
    ALTER COLUMN persons DROP DEFAULT;
