DROP STATISTICS events.occurrence_lasting;
