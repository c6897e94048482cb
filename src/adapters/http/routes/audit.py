"""The audit trail, for those who manage a tenant."""

import events_core
from adapters.http.codec import audit, views
from adapters.http.codec.dispatches import page
from adapters.http.handling import Answer, Call, Operation
from adapters.http.places import read_place, write_place


async def read_audit(call: Call) -> Answer:
    """Answer 200 with entries, the latest first."""
    of, before = ("audit", call.actor.tenant_id), None
    if "cursor" in call.query:
        [before] = read_place(call.query["cursor"], of=of, name="cursor")
    query = audit.query(call.query, before=before)
    found = await events_core.read_audit(call.core, call.actor, query)
    following = None
    if len(found) == query.limit:
        following = write_place(found[-1].position, of=of)
    items = list(map(audit.entry, found))
    return Answer(200, views.dump(page(items, limit=query.limit, following=following)))


OPERATIONS = (Operation("GET", "/audit", "readAudit", read_audit),)
