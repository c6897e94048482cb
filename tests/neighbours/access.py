"""Access: who may do what."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from tests.neighbours.server import Answer, Call, Neighbour

CATALOGUE: Mapping[str, tuple[str, frozenset[str]]] = {
    "events.participant": (
        "events",
        frozenset({"events.event.read", "events.rsvp.set"}),
    ),
    "events.organizer": (
        "events",
        frozenset(
            {"events.event.create", "events.event.manage", "events.attendance.mark"}
        ),
    ),
    "portal.moderator": ("portal", frozenset({"portal.posts.hide"})),
}


IMPLICIT = frozenset({"events.event.read", "events.rsvp.set"})


EVERYTHING = IMPLICIT.union(*(held for _, held in CATALOGUE.values()))


SCOPE_TYPES = {"GLOBAL", "TENANT", "COMMUNITY", "TEAM", "SERVICE"}


class Access(Neighbour):
    """Knows who may do what; to be told by ``bind`` and ``unbind``."""

    def __init__(self, secret: bytes, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(secret, now=now)
        self._bound: set[tuple[UUID, UUID, str, UUID, str]] = set()
        #: The roles that administrators have created, by name.
        self.roles: dict[str, frozenset[str]] = {}

    def bind(
        self,
        tenant_id: UUID,
        user_id: UUID,
        scope_type: str,
        scope_id: UUID,
        role: str = "events.organizer",
    ) -> None:
        assert role in CATALOGUE
        self._bound.add((tenant_id, user_id, scope_type, scope_id, role))

    def unbind(
        self,
        tenant_id: UUID,
        user_id: UUID,
        scope_type: str,
        scope_id: UUID,
        role: str = "events.organizer",
    ) -> None:
        self._bound.discard((tenant_id, user_id, scope_type, scope_id, role))

    def route(self, call: Call) -> Answer:
        if call.path.partition("?")[0] == f"{self.prefix}/access/admin/roles":
            return self._administer(call)
        if call.path != f"{self.prefix}/access/check":
            return Answer.error(404, "NOT_FOUND")
        if call.method != "POST":
            return Answer.error(405, "METHOD_NOT_ALLOWED")
        asked, given = call.json, call.headers
        if (asked["tenant_id"], asked["user_id"]) != (
            given["X-Tenant-Id"],
            given["X-User-Id"],
        ):
            return Answer.error(400, "CONTEXT_MISMATCH")
        scope = asked["scope"]
        if scope["type"] not in SCOPE_TYPES or not asked["action"]:
            return Answer.error(422, "VALIDATION_ERROR")
        flags = asked.get("master_flags")
        if flags is None:
            flags = json.loads(given["X-Master-Flags"] or "{}")
        roles = self._roles(asked)
        held = IMPLICIT.union(*(CATALOGUE[role][1] for role in roles))
        if flags.get("system_admin"):
            held = EVERYTHING
        if flags.get("suspended") or flags.get("banned"):
            held = frozenset()
        allowed = asked["action"] in held
        names = sorted(name for name in held if name.startswith("events."))
        return Answer.of(
            200,
            {
                "allowed": allowed,
                "reason_code": "GRANTED" if allowed else "NO_MATCHING_ROLE",
                "effective_roles": [
                    {
                        "id": str(UUID(int=n)),
                        "name": role,
                        "service": CATALOGUE[role][0],
                    }
                    for n, role in enumerate(roles)
                ],
                "effective_permissions": (
                    names if asked.get("return_effective_permissions") else None
                ),
            },
        )

    def _administer(self, call: Call) -> Answer:
        if not json.loads(call.headers["X-Master-Flags"] or "{}").get("system_admin"):
            return Answer.error(403, "FORBIDDEN")
        if call.method == "POST":
            created = call.json
            if created["service"] != "events" or created["name"] in self.roles:
                return Answer.error(500, "INTERNAL")
            self.roles[created["name"]] = frozenset(created["permission_keys"])
            return Answer.of(201, {"id": str(UUID(int=len(self.roles))), **created})
        if call.path.partition("?")[2] != "service=events":
            return Answer.of(200, [])
        named = [{"name": name, "service": "events"} for name in self.roles]
        return Answer.of(200, named)

    def _roles(self, asked: dict[str, Any]) -> list[str]:
        """The roles that count in the scope, as often as they are bound there."""
        scope = asked["scope"]
        return [
            role
            for tenant_id, user_id, scope_type, scope_id, role in sorted(self._bound)
            if (str(tenant_id), str(user_id)) == (asked["tenant_id"], asked["user_id"])
            and (
                scope_type == "TENANT"
                or (scope_type, str(scope_id)) == (scope["type"], scope["id"])
            )
        ]
