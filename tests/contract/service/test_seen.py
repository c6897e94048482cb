"""The whole service, over HTTP and PostgreSQL, held against the oracle."""

import asyncio
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from attrs import field, frozen

from adapters.http.app import create_app
from adapters.http.routes import OPERATIONS
from adapters.http.settings import HttpSettings
from adapters.postgres import PostgresStore
from events_core import Actor, EventId, EventList, ListEvents, Listing, OccurrenceKey
from events_core.ports.store import PagePosition
from events_core.testing.wired import MemoryCore
from tests.contract.service.caller import Caller, Person
from tests.contract.service.wired import InProcess
from tests.seen import MakeStack, SeenContract, Stack
from tests.unit.adapters.http.edge.toy import SECRET, measured, ready
from tests.unit.adapters.http.world import CONTRACT

_OUTCOMES = {
    (200, None): "seen",
    (404, "NOT_FOUND"): "missing",
    (503, "MEMBERSHIP_UNAVAILABLE"): "untold",
    (403, "FORBIDDEN"): "refused",
}


@frozen
class HttpStack(Stack):
    """A service whose people are fakes, and everything else as it will be."""

    caller: Caller
    cursors: dict[PagePosition, str] = field(factory=dict, init=False)

    async def list(self, actor: Actor, command: ListEvents) -> EventList | str:
        """Return a page, or ``refused``."""
        cursor = self.cursors[command.after] if command.after else None
        query = urlencode({**_query(command), **({"cursor": cursor} if cursor else {})})
        answer = await self.caller.ask("GET", f"/?{query}", by=_person(actor))
        if answer.status_code != 200:
            return _outcome(answer)
        page = answer.json()
        meta = page["meta"]
        assert (meta["limit"], meta["offset"] > 0) == (
            command.limit,
            bool(command.offset or cursor),
        )
        items = tuple(SimpleNamespace(id=EventId(item["id"])) for item in page["items"])
        following = None
        if "nextCursor" in meta:
            following = PagePosition(
                self.core.clock.now(), items[-1].id, OccurrenceKey("any")
            )
            self.cursors[following] = meta["nextCursor"]
        return EventList(
            cast(tuple[Listing, ...], items),
            meta["total"],
            following,
            degraded=meta.get("degraded") == ["memberships"],
        )

    async def look(self, actor: Actor, event_id: EventId) -> str:
        """Tell what becomes of looking at an event, as the oracle calls it."""
        answer = await self.caller.ask("GET", f"/{event_id}", by=_person(actor))
        if answer.status_code == 200:
            assert answer.json()["id"] == str(event_id)
        return _outcome(answer)

    async def take_home(self, actor: Actor, event_id: EventId) -> str:
        """Tell what becomes of asking for its calendar file."""
        answer = await self.caller.ask("GET", f"/{event_id}/ics", by=_person(actor))
        if answer.status_code == 200:
            assert f"UID:urn:uuid:{event_id}\r\n" in answer.text
        return _outcome(answer)


def _person(actor: Actor) -> Person:
    flags = actor.flags
    told = {
        "suspended": flags.suspended,
        "banned": flags.banned,
        "system_admin": flags.system_admin,
    }
    return Person(actor.tenant_id, actor.user_id, orjson.dumps(told).decode())


def _outcome(answer: httpx.Response) -> str:
    code = answer.json()["error"]["code"] if answer.is_error else None
    return _OUTCOMES[answer.status_code, code]


def _query(command: ListEvents) -> Mapping[str, Any]:
    """Spell a question as the list takes it."""
    window, scope = command.window, command.scope
    answers = command.my_answers
    if answers is not None:
        wanted = {answer.value if answer else "none" for answer in answers}
    asked: dict[str, Any] = {
        "from": window.start and window.start.isoformat(),
        "to": window.end and window.end.isoformat(),
        "scope_type": scope.kind if scope else command.scope_kind,
        "scope_id": scope and scope.id,
        "visibility": _several(command.visibilities),
        "status": _several(command.statuses),
        "event_type": _several(command.event_types),
        "rsvp": None if answers is None else _several(wanted),
        "mine": "true" if command.mine else None,
        "q": command.search,
        "limit": command.limit,
        "offset": command.offset or None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _several(values: Collection[str] | None) -> str | None:
    return None if values is None else ",".join(sorted(values))


class TestSeenOverHttpAndPostgres(SeenContract):
    @pytest.fixture
    def make_stack(self, here: InProcess) -> MakeStack:
        async def make() -> Stack:
            core = MemoryCore(store=PostgresStore(here.wired.database))
            app = create_app(
                core,
                operations=OPERATIONS,
                contract=CONTRACT,
                repeats=here.wired.repeats,
                signatures=here.wired.signatures,
                settings=HttpSettings(secrets=(SECRET,)),
                readiness=ready,
                measure=measured,
                draining=asyncio.Event(),
            )
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url="http://events")
            now = core.clock.now().timestamp
            return HttpStack(core, Caller(client, now=now))

        return make
