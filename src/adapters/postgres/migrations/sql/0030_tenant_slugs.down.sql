DROP TABLE events.tenant_slug;
