"""The roles and the database that every embedded cluster is born with."""

SUPERUSER = "postgres"
OWNER = "events_owner"
APP = "events_app"
RELAY = "events_relay"
DATABASE = "events"

# A statement a line, as the single-user server reads them. Rights on tables are the
# migrations' to give. Only the relay sees past row-level security; the owner may make
# functions that run as the relay.
BIRTH = f"""\
CREATE ROLE {OWNER} LOGIN
CREATE ROLE {APP} LOGIN NOBYPASSRLS
CREATE ROLE {RELAY} LOGIN BYPASSRLS
GRANT {RELAY} TO {OWNER}
CREATE DATABASE {DATABASE} OWNER {OWNER}
REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC
GRANT CONNECT ON DATABASE {DATABASE} TO {APP}, {RELAY}
"""
