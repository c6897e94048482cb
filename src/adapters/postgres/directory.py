"""The local directory: memberships and roles in the service's own database.

For those who have no Portal and no Access to ask: a demo, a small installation.
Nothing is cached; what changes shows at once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

from attrs import frozen
from sqlalchemy import ARRAY, Table, Uuid, and_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.database import Database
from adapters.postgres.rows import scope_from
from adapters.postgres.tables import membership, role_binding
from adapters.postgres.transaction import TENANT
from events_core.domain.actors import Actor
from events_core.domain.identity import Scope, TenantId, UserId
from events_core.domain.permissions import CATALOGUE, IMPLICIT_PERMISSIONS
from events_core.errors import AccessUnavailable, StoreUnavailable
from events_core.ports.people import Access, Held, Membership, Memberships

_PERSON = bindparam("of_person", type_=Uuid)
_SCOPES = bindparam("of_scopes", type_=ARRAY(Uuid))

_MEMBER_OF = select(membership.c.scope_kind, membership.c.scope_id).where(
    membership.c.tenant_id == TENANT,
    membership.c.user_id == _PERSON,
    membership.c.scope_id == func.any(_SCOPES),
)
_BOUND = select(
    role_binding.c.scope_kind, role_binding.c.scope_id, role_binding.c.role
).where(
    role_binding.c.tenant_id == TENANT,
    role_binding.c.user_id == _PERSON,
    role_binding.c.scope_id == func.any(_SCOPES),
)


@frozen
class LocalMemberships:
    """``Memberships`` of the local directory."""

    _database: Database

    async def memberships(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Membership]:
        """See ``Memberships.memberships``."""
        if not scopes:
            return {}
        values = {"of_person": actor.user_id, "of_scopes": [s.id for s in scopes]}
        try:
            async with self._database.transaction(actor.tenant_id) as transaction:
                found = await transaction.run(_MEMBER_OF, values)
        except StoreUnavailable:
            return dict.fromkeys(scopes, Membership.UNKNOWN)
        joined = set(map(scope_from, found))
        return {
            scope: Membership.MEMBER if scope in joined else Membership.NOT_A_MEMBER
            for scope in scopes
        }


@frozen
class LocalAccess:
    """``Access`` of the local directory."""

    _database: Database

    async def permissions(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Held]:
        """See ``Access.permissions``."""
        if not scopes:
            return {}
        tenant = Scope.of_tenant(actor.tenant_id)
        asked = {tenant.id, *(scope.id for scope in scopes)}
        values = {"of_person": actor.user_id, "of_scopes": list(asked)}
        try:
            async with self._database.transaction(actor.tenant_id) as transaction:
                found = await transaction.run(_BOUND, values)
        except StoreUnavailable as outage:
            raise AccessUnavailable from outage
        roles: dict[Scope, set[str]] = defaultdict(set)
        for row in found:
            roles[scope_from(row[:2])].add(row.role)
        return {scope: _held(roles[scope] | roles[tenant]) for scope in scopes}


@frozen
class LocalDirectory:
    """Who belongs where and holds what: to be told, by a demo or an operator."""

    _database: Database

    async def add_member(
        self, tenant_id: TenantId, scope: Scope, user_id: UserId
    ) -> None:
        """Make somebody a member of a community or team; again changes nothing."""
        await self._add(membership, tenant_id, scope, user_id)

    async def remove_member(
        self, tenant_id: TenantId, scope: Scope, user_id: UserId
    ) -> None:
        """Make somebody no member, if she was one."""
        await self._remove(membership, tenant_id, scope, user_id)

    async def bind_role(
        self, tenant_id: TenantId, scope: Scope, user_id: UserId, role: str
    ) -> None:
        """Give somebody a role of the ``CATALOGUE`` in a scope; again changes nothing.

        Raises:
            KeyError: the catalogue has no such role.
        """
        CATALOGUE[role]
        await self._add(role_binding, tenant_id, scope, user_id, role=role)

    async def unbind_role(
        self, tenant_id: TenantId, scope: Scope, user_id: UserId, role: str
    ) -> None:
        """Take the role away, if she had it there."""
        await self._remove(role_binding, tenant_id, scope, user_id, role=role)

    async def _add(
        self,
        table: Table,
        tenant_id: TenantId,
        scope: Scope,
        user_id: UserId,
        **role: str,
    ) -> None:
        row = {**_row(scope, user_id), **role}
        async with self._database.transaction(tenant_id) as transaction:
            await transaction.write(insert(table).on_conflict_do_nothing(), [row])
            await transaction.commit()

    async def _remove(
        self,
        table: Table,
        tenant_id: TenantId,
        scope: Scope,
        user_id: UserId,
        **role: str,
    ) -> None:
        row = {**_row(scope, user_id), **role}
        one = and_(*(table.c[name] == value for name, value in row.items()))
        async with self._database.transaction(tenant_id) as transaction:
            await transaction.run(delete(table).where(table.c.tenant_id == TENANT, one))
            await transaction.commit()


def _row(scope: Scope, user_id: UserId) -> dict[str, object]:
    return {
        "user_id": user_id,
        "scope_kind": scope.kind.value,
        "scope_id": scope.id,
    }


def _held(roles: Collection[str]) -> Held:
    permissions = IMPLICIT_PERMISSIONS.union(*(CATALOGUE[role] for role in roles))
    return Held(permissions, tuple(sorted(roles)))


def _satisfies_ports(
    memberships: LocalMemberships, access: LocalAccess
) -> tuple[Memberships, Access]:
    return memberships, access
