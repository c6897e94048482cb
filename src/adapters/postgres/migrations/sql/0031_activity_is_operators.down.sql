DROP POLICY operators ON events.subscription;
