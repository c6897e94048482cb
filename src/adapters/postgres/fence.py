"""Whether the fence between tenants stands: asked before the first request."""

from sqlalchemy import text

from adapters.postgres.database import Database

_ROLE = text(
    "SELECT current_user AS name,"
    " bool_or(rolsuper OR rolbypassrls) AS is_above_the_fence,"
    " bool_or(has_table_privilege(current_user, 'events.outbox', 'DELETE')"
    "  OR has_table_privilege(current_user, 'events.audit_entry', 'UPDATE, DELETE'))"
    "  AS may_change_the_record"
    " FROM pg_roles WHERE rolname IN (current_user, session_user)"
)


_RELAYS_ROLE = text(
    "SELECT current_user AS name,"
    " (rolsuper OR rolbypassrls) AND EXISTS (SELECT FROM pg_roles AS relay"
    "  WHERE relay.rolname = 'events_relay'"
    "  AND pg_has_role(current_user, relay.oid, 'USAGE')) AS sees_all"
    " FROM pg_roles WHERE rolname = current_user"
)


class UnsafeRoleError(Exception):
    """A role may do more than it should, or less; one line for the operator."""


async def check_role(database: Database) -> None:
    """Check that row-level security binds the role that the app connects as.

    The database must be migrated.

    Raises:
        UnsafeRoleError: it does not, or the role may change what is written once: it
            is a superuser's, the owner's, or has been given too much.
        StoreUnavailable: it cannot be told.
    """
    async with database.transaction(None) as transaction:
        role = (await transaction.run(_ROLE)).one()
    if role.is_above_the_fence:
        raise UnsafeRoleError(
            f"the role {role.name} sees every tenant's rows: connect as events_app"
        )
    if role.may_change_the_record:
        raise UnsafeRoleError(
            f"the role {role.name} may rewrite the record: connect as events_app"
        )


async def check_relay_role(database: Database) -> None:
    """Check that the role a relay connects as sees all tenants.

    Another would find nothing to do, which looks as if there were nothing.

    Raises:
        UnsafeRoleError: it does not.
        StoreUnavailable: it cannot be told.
    """
    async with database.transaction(None) as transaction:
        role = (await transaction.run(_RELAYS_ROLE)).one()
    if not role.sees_all:
        raise UnsafeRoleError(
            f"the role {role.name} does not see all tenants:"
            " EVENTS_DATABASE_RELAY_URL is to be the one of events_relay"
        )
