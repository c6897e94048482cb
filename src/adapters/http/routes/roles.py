"""Who may do what on one event."""

import events_core
from adapters.http.codec import commands, views
from adapters.http.handling import ONLY_JSON, Answer, Call, Operation
from adapters.http.routes.targets import event_in, holder_in
from events_core import Action


async def read_roles(call: Call) -> Answer:
    """Answer 200 with every role there is."""
    sharing = await events_core.read_roles(call.core, call.actor, event_in(call))
    most = call.core.policies.most_roles
    return Answer(200, views.dump(views.sharing(sharing, most=most)))


async def give_role(call: Call) -> Answer:
    """Answer 200 with the role as it is now."""
    command = commands.give_role(event_in(call), holder_in(call), call.body)
    grant = await events_core.give_role(call.core, call.actor, command)
    return Answer(200, views.dump(views.grant(grant)))


async def take_role(call: Call) -> Answer:
    """Answer 204: the holder has no role."""
    await events_core.take_role(call.core, call.actor, event_in(call), holder_in(call))
    return Answer(204, media_type=None)


async def may_share(call: Call) -> None:
    """Check that the asker may still say who may do what."""
    await events_core.authorize(call.core, call.actor, event_in(call), Action.SHARE)


OPERATIONS = (
    Operation("GET", "/events/{event_id}/roles", "readRoles", read_roles),
    *(
        operation
        for holder, name in (
            ("{user_id}", "Role"),
            ("community/{group_id}", "CommunityRole"),
            ("team/{group_id}", "TeamRole"),
        )
        for operation in (
            Operation(
                "PUT",
                f"/events/{{event_id}}/roles/{holder}",
                f"give{name}",
                give_role,
                may_repeat=may_share,
                takes=ONLY_JSON,
            ),
            Operation(
                "DELETE",
                f"/events/{{event_id}}/roles/{holder}",
                f"take{name}",
                take_role,
                may_repeat=may_share,
            ),
        )
    ),
)
