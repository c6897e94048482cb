"""Portal: who is a member of what."""

import re
import time
from collections.abc import Callable
from uuid import UUID

from tests.neighbours.server import Answer, Call, Neighbour, is_uuid


class Portal(Neighbour):
    """Knows who is a member of what; to be told by ``add`` and ``remove``."""

    def __init__(self, secret: bytes, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(secret, now=now)
        self._members: set[tuple[UUID, UUID, str, UUID]] = set()

    def add(
        self, tenant_id: UUID, user_id: UUID, scope_type: str, scope_id: UUID
    ) -> None:
        self._members.add((tenant_id, user_id, scope_type, scope_id))

    def remove(
        self, tenant_id: UUID, user_id: UUID, scope_type: str, scope_id: UUID
    ) -> None:
        self._members.discard((tenant_id, user_id, scope_type, scope_id))

    def route(self, call: Call) -> Answer:
        asked = re.fullmatch(
            rf"{self.prefix}/(communities|teams)/([^/?]+)/members/([^/?]+)", call.path
        )
        if asked is None:
            return Answer.error(404, "NOT_FOUND")
        if call.method != "GET":
            return Answer.error(405, "METHOD_NOT_ALLOWED")
        places, scope_id, user_id = asked.groups()
        if not is_uuid(scope_id) or not is_uuid(user_id):
            return Answer.error(500, "INTERNAL_ERROR")
        scope_type = {"communities": "COMMUNITY", "teams": "TEAM"}[places]
        tenant_id = UUID(call.headers["X-Tenant-Id"])
        member = (tenant_id, UUID(user_id), scope_type, UUID(scope_id))
        if member not in self._members:
            return Answer.error(404, "NOT_FOUND")
        return Answer.of(200, {"member": True, "role_hint": None})
