DROP FUNCTION events.subscribers();
