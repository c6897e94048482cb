"""One event: plan it, look at it, change it."""

import events_core
from adapters.http.codec import commands, views
from adapters.http.etags import etag, expected_versions, is_known
from adapters.http.handling import JSON_BODIES, ONLY_JSON, Answer, Call, Operation
from adapters.http.routes.targets import event_in
from events_core import Action, Listing, Scope, UpdateEvent
from events_core.usecases.create_event import check_may_create

#: No event has ever been at this version: they count from 1.
_NO_VERSION = 0


async def create_event(call: Call) -> Answer:
    """Answer 201 with the event. The same request again makes the same event."""
    command = commands.create_event(call.body, seed=call.seed)
    listing = await events_core.create_event(call.core, call.actor, command)
    location = ("Location", f"/api/v1/events/{listing.id}")
    return shown(listing, status=201, headers=(location,))


async def create_events(call: Call) -> Answer:
    """Answer 201 with all of the events. The same request again makes the same ones."""
    command = commands.create_events(call.body, seed=call.seed)
    listings = await events_core.create_events(call.core, call.actor, command)
    return Answer(201, views.dump({"items": [views.event(each) for each in listings]}))


async def may_create_all(call: Call) -> None:
    """Check that the asker may still create wherever these are to be."""
    tenant = Scope.of_tenant(call.actor.tenant_id)
    events = call.body["events"]
    for scope in {commands.scope_of_new(each) or tenant for each in events}:
        await check_may_create(call.core, call.actor, scope)


async def may_create(call: Call) -> None:
    """Check that the asker may still create there."""
    scope = commands.scope_of_new(call.body) or Scope.of_tenant(call.actor.tenant_id)
    await check_may_create(call.core, call.actor, scope)


async def get_event(call: Call) -> Answer:
    """Answer 200 with the event, or 304 to whoever has it."""
    listing = await events_core.get_event(call.core, call.actor, event_in(call))
    answer = shown(listing)
    if is_known(dict(answer.headers)["ETag"], call.headers):
        return Answer(304, media_type=None, headers=answer.headers)
    return answer


async def update_event(call: Call) -> Answer:
    """Answer 200 with the event as it is now."""
    command = UpdateEvent(
        event_id=event_in(call),
        revision=commands.revision(call.body),
        expected_version=await expected_version(call),
        merge=bool(call.body.get("merge")),
        force=bool(call.body.get("force")),
        reason=call.body.get("changeReason"),
    )
    return shown(await events_core.update_event(call.core, call.actor, command))


async def may_update(call: Call) -> None:
    """Check that the asker may still change the event."""
    await events_core.authorize(call.core, call.actor, event_in(call), Action.UPDATE)


async def expected_version(call: Call) -> int | None:
    """Return the one version the event must be at, of all that would do.

    Of several it is the one the event is at now: should it move on before it is
    changed, the change fails as it must.
    """
    in_body = (call.body or {}).get("expectedVersion")
    expected = expected_versions(call.headers, in_body)
    if expected.any:
        return None
    if len(expected.versions) < 2:
        return next(iter(expected.versions), _NO_VERSION)
    listing = await events_core.get_event(call.core, call.actor, event_in(call))
    return listing.version if expected.holds(listing.version) else _NO_VERSION


def shown(
    listing: Listing, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """Answer with the event and its tag."""
    body = views.dump(views.revised(listing))
    return Answer(
        status, body, headers=(("ETag", etag(listing.version, body)), *headers)
    )


OPERATIONS = (
    Operation(
        "POST",
        "/events",
        "createEvent",
        create_event,
        may_repeat=may_create,
        takes=ONLY_JSON,
    ),
    Operation(
        "POST",
        "/events/batch",
        "createEvents",
        create_events,
        may_repeat=may_create_all,
        takes=ONLY_JSON,
    ),
    Operation("GET", "/events/{event_id}", "getEvent", get_event),
    Operation(
        "PATCH",
        "/events/{event_id}",
        "updateEvent",
        update_event,
        may_repeat=may_update,
        takes=JSON_BODIES,
    ),
)
