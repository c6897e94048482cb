"""The list of events, page by page."""

from attrs import evolve

import events_core
from adapters.http.codec import commands, views
from adapters.http.cursor import Bookmark, read_cursor, write_cursor
from adapters.http.handling import Answer, Call, Operation
from events_core import EventList, ListEvents
from events_core.errors import InvalidFields


async def list_events(call: Call) -> Answer:
    """Answer 200 with one page."""
    bookmark = _bookmark(call)
    command = commands.list_events(call.query)
    if bookmark is not None:
        command = evolve(
            command,
            after=bookmark.position,
            count=command.count and bookmark.total is None,
        )
    found = await events_core.list_events(call.core, call.actor, command)
    return Answer(200, views.dump(_page(call, command, found, bookmark)))


def _bookmark(call: Call) -> Bookmark | None:
    cursor = call.query.get("cursor")
    if cursor is None:
        return None
    if "offset" in call.query:
        raise InvalidFields({"cursor": ("goes without an offset",)})
    return read_cursor(cursor, actor=call.actor, query=call.query)


def _page(
    call: Call, command: ListEvents, found: EventList, bookmark: Bookmark | None
) -> views.Json:
    offset = command.offset if bookmark is None else bookmark.offset
    total = found.total
    if total is None and bookmark is not None:
        total = bookmark.total
    meta: views.Json = {"limit": command.limit, "offset": offset}
    if total is not None and call.query.get("total", True):
        meta["total"] = total
    if found.next is not None:
        following = Bookmark(found.next, offset + len(found.items), total)
        meta["nextCursor"] = write_cursor(following, actor=call.actor, query=call.query)
    if found.degraded:
        meta["degraded"] = ["memberships"]
    return {"items": [views.event(listing) for listing in found.items], "meta": meta}


OPERATIONS = (Operation("GET", "/events", "listEvents", list_events),)
