"""The administration of Access: the roles of ours that it should know."""

import json
from collections.abc import Collection, Mapping

from adapters.portal.client import Neighbour
from events_core.domain.actors import Actor
from events_core.domain.permissions import CATALOGUE, Permission
from events_core.errors import AccessUnavailable

_ROLES = "/access/admin/roles"
_SERVICE = "events"


async def missing_roles(
    access: Neighbour, actor: Actor
) -> Mapping[str, frozenset[Permission]]:
    """Return the roles of the catalogue that Access does not have, by name.

    Raises:
        AccessUnavailable: it gives no answer, or none to this actor.
    """
    there = await access.ask(
        actor, "GET", _ROLES, query={"service": _SERVICE}, understand=_names
    )
    if there is None:
        raise AccessUnavailable
    return {name: held for name, held in CATALOGUE.items() if name not in there}


async def create_role(
    access: Neighbour, actor: Actor, name: str, permissions: Collection[Permission]
) -> None:
    """Create a role. There must be none of that name: Access does not check.

    Raises:
        AccessUnavailable: it did not say that it has. Whether it has is not known.
    """
    role = {
        "service": _SERVICE,
        "name": name,
        "permission_keys": sorted(permission.value for permission in permissions),
    }
    created = await access.ask(
        actor, "POST", _ROLES, body=json.dumps(role).encode(), understand=_created
    )
    if created is None:
        raise AccessUnavailable


def _names(status: int, content: bytes) -> frozenset[str] | None:
    """Return the names in a list of roles, bare or in a page's ``items``."""
    if status != 200:
        return None
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    match told:
        case list(roles) | {"items": list(roles)}:
            named = [role.get("name") for role in roles if isinstance(role, dict)]
            return frozenset(name for name in named if isinstance(name, str))
    return None


def _created(status: int, _content: bytes) -> bool | None:
    return True if status in {200, 201} else None
