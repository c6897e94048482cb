"""What is known about one person: what she may do, what is kept of her."""

import events_core
from adapters.http.codec import commands, person, views
from adapters.http.handling import Answer, Call, Operation
from adapters.http.routes.targets import person_in
from events_core.domain.identity import ScopeKind
from events_core.errors import InvalidFields


async def describe_me(call: Call) -> Answer:
    """Answer 200 with what the asker may do in a scope."""
    scope, kind = commands.scope_asked(call.query)
    if kind not in {None, ScopeKind.TENANT}:
        raise InvalidFields({"scope_id": (f"is required with {kind}",)})
    myself = await events_core.describe_me(call.core, call.actor, scope)
    return Answer(200, views.dump(views.me(call.actor.user_id, myself)))


async def export_person(call: Call) -> Answer:
    """Answer 200 with all that is kept about a person."""
    user_id = person_in(call)
    data = await events_core.export_person(call.core, call.actor, user_id)
    body = person.export(
        data,
        actor=call.actor,
        user_id=user_id,
        exported_at=call.core.clock.now(),
    )
    return Answer(200, views.dump(body))


async def erase_person(call: Call) -> Answer:
    """Answer 200 with what erasing the person touched."""
    user_id = person_in(call)
    erasure = await events_core.erase_person(call.core, call.actor, user_id)
    body = person.erasure(erasure, actor=call.actor, user_id=user_id)
    return Answer(200, views.dump(body))


OPERATIONS = (
    Operation("GET", "/events/me", "describeMe", describe_me),
    Operation(
        "GET",
        "/internal/dsar/users/{user_id}/export",
        "exportPerson",
        export_person,
    ),
    # Never kept for a repeat: the answer would be the one thing left of the person.
    Operation(
        "POST",
        "/internal/dsar/users/{user_id}/erase",
        "erasePerson",
        erase_person,
        may_repeat=None,
    ),
)
