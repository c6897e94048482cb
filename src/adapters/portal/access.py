"""Permissions, as Access tells them."""

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from adapters.portal.answers import CachePolicy, SharedAnswers
from adapters.portal.client import Neighbour, read_object
from adapters.portal.context import flags_of
from adapters.readings import Reading
from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.identity import Scope, TenantId, UserId
from events_core.domain.permissions import IMPLICIT_PERMISSIONS, Permission
from events_core.errors import AccessUnavailable
from events_core.ports.people import Access, Held

SECONDS_AT_ONCE = 2.0

_ASKED = Permission.EVENT_READ
_Asker = tuple[TenantId, UserId, MasterFlags]


class PortalAccess:
    """Asks Access once for each scope, in parallel, and remembers for a while.

    One call serves every permission: it asks whether events may be read, and for the
    list of all that is held. The decision counts for reading, whatever the list says
    of it, and a yes for whatever else everybody holds implicitly, which the list need
    not name; the list counts for the rest. Permissions we do not know and roles of
    other services are left out. An answer that grants more than everybody has is
    remembered as long as a yes, any other as long as a no.
    """

    def __init__(
        self,
        access: Neighbour,
        *,
        cache: CachePolicy | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access = access
        self._answers = SharedAnswers[_Asker, Scope, Held](
            cache or CachePolicy(),
            is_yes=lambda held: not held.permissions <= IMPLICIT_PERMISSIONS,
            monotonic=monotonic,
        )

    def readings(self) -> Iterable[Reading]:
        """Tell how full the memory is, and what it was good for."""
        return self._answers.readings("access")

    async def permissions(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Held]:
        """Tell for each of the scopes which events permissions the actor holds there.

        Takes at most 2 s.

        Raises:
            AccessUnavailable: some scope could not be told in that time. What could
                be is remembered.
        """
        told = await self._answers.collect(
            (actor.tenant_id, actor.user_id, actor.flags),
            scopes,
            partial(self._check, actor),
            within=SECONDS_AT_ONCE,
        )
        if not told.keys() >= {*scopes}:
            raise AccessUnavailable
        return told

    async def _check(self, actor: Actor, scope: Scope) -> Held | None:
        question = {
            "tenant_id": str(actor.tenant_id),
            "user_id": str(actor.user_id),
            "action": _ASKED,
            "scope": {"type": scope.kind, "id": str(scope.id)},
            # With these in the body, Access takes no notice of the header.
            "master_flags": flags_of(actor.flags),
            "return_effective_permissions": True,
        }
        return await self._access.ask(
            actor,
            "POST",
            "/access/check",
            body=json.dumps(question).encode(),
            understand=_held,
        )


def _held(status: int, content: bytes) -> Held | None:
    match read_object(content) if status == 200 else None:
        case {
            "allowed": bool(allowed),
            "effective_permissions": list(listed),
            "effective_roles": list(roles),
        } if all(isinstance(name, str) for name in listed) and all(
            map(_is_role, roles)
        ):
            names = (
                {*listed} | IMPLICIT_PERMISSIONS if allowed else {*listed} - {_ASKED}
            )
            ours = {role["name"] for role in roles if role["service"] == "events"}
            return Held(
                frozenset(known for known in Permission if known in names),
                tuple(sorted(ours)),
            )
    return None


def _is_role(role: object) -> bool:
    match role:
        case {"name": str(), "service": str()}:
            return True
    return False


def _satisfies_ports(access: PortalAccess) -> Access:
    return access
