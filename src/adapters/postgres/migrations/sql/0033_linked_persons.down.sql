DROP FUNCTION events.bury_linked;

DROP FUNCTION events.linked_to;
