"""Who may do what on an event, in one transaction."""

from collections.abc import Collection

from attrs import define, field
from sqlalchemy import (
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    literal_column,
    select,
    true,
    tuple_,
)

from adapters.postgres.audit import write_audit
from adapters.postgres.rows import (
    GRANT_COLUMNS,
    PERSON,
    grant_from,
    grant_row,
    holder_columns,
    scope_from,
)
from adapters.postgres.tables import event, event_role
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.audit import of_sharing
from events_core.domain.change import Change
from events_core.domain.identity import EventId, Scope
from events_core.domain.roles import Grant, Sharing

_EVENT = bindparam("of_event", type_=Uuid)
_ON_EVENT = and_(event_role.c.tenant_id == TENANT, event_role.c.event_id == _EVENT)

_GRANTS = (
    select(*GRANT_COLUMNS)
    .where(_ON_EVENT)
    .order_by(event_role.c.granted_at, event_role.c.holder_id)
)
_HOLD = (
    select(event.c.event_id)
    .where(event.c.tenant_id == TENANT, event.c.event_id == _EVENT)
    .with_for_update()
)
_TAKE = delete(event_role).where(
    _ON_EVENT,
    event_role.c.holder_id == bindparam("of_holder", type_=Uuid),
    event_role.c.holder_kind == bindparam("of_kind", type_=Text),
)

_GROUP = (event_role.c.holder_kind, event_role.c.holder_id)
_groups = select(*_GROUP).where(
    event_role.c.tenant_id == TENANT,
    event_role.c.holder_kind != literal_column(f"'{PERSON}'"),  # as the index says it
)
_GROUPS_ON_EVENT = _groups.where(event_role.c.event_id == _EVENT)

# From one group to the next in the index, past all that it holds: what it costs
# grows with the groups alone.
_found = _groups.order_by(*_GROUP).limit(1).cte("found", recursive=True)
_following = (
    _groups.where(tuple_(*_GROUP) > tuple_(*_found.c))
    .order_by(*_GROUP)
    .limit(1)
    .lateral("following")
)
_found = _found.union_all(
    select(*_following.c).select_from(_found.join(_following, true()))
)
#: The communities and teams that hold a role on any event.
GROUPS = select(*_found.c)


async def roles_on(transaction: Transaction, event_id: EventId) -> tuple[Grant, ...]:
    """Return who holds which role on an event."""
    found = await transaction.run(_GRANTS, {"of_event": event_id})
    return tuple(map(grant_from, found))


async def groups_with_roles(
    transaction: Transaction, event_id: EventId
) -> frozenset[Scope]:
    """Return the communities and teams that hold a role on an event."""
    found = await transaction.run(_GROUPS_ON_EVENT, {"of_event": event_id})
    return frozenset(map(scope_from, found))


async def replace_roles(
    transaction: Transaction,
    event_id: EventId,
    before: Collection[Grant],
    after: Collection[Grant],
) -> None:
    """Take the roles that are gone or have changed, and write those that are new."""
    for grant in set(before) - set(after):
        whose = holder_columns(grant.holder)
        await transaction.run(
            _TAKE,
            {
                "of_event": event_id,
                "of_holder": whose["holder_id"],
                "of_kind": whose["holder_kind"],
            },
        )
    rows = [grant_row(event_id, grant) for grant in after if grant not in before]
    await transaction.insert(event_role, *rows)


@define
class PostgresRoles:
    """``Roles`` in one transaction."""

    _transaction: Transaction
    _held: set[EventId] = field(factory=set, init=False)

    async def claim(self, event_id: EventId) -> Sharing | None:
        """See ``Roles.claim``."""
        found = await self._transaction.run(_HOLD, {"of_event": event_id})
        if found.one_or_none() is None:
            return None
        self._held.add(event_id)
        # Read after the wait, as they are by then: not in one statement.
        return Sharing(event_id, await roles_on(self._transaction, event_id))

    async def save(self, change: Change[Sharing]) -> None:
        """See ``Roles.save``."""
        before, after = change.before, change.after
        if before is None or after is None or after == before:
            return
        if after.event_id not in self._held:
            raise RuntimeError("roles are claimed before they are saved")
        await replace_roles(
            self._transaction, after.event_id, before.grants, after.grants
        )
        await write_audit(self._transaction, of_sharing(change))
