"""The relay: facts from the outbox to subscribers, by signed HTTP requests."""
