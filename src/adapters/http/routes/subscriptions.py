"""Who outside is told of a tenant's facts."""

import events_core
from adapters.http.codec import publishing, views
from adapters.http.handling import JSON_BODIES, ONLY_JSON, Answer, Call, Operation
from adapters.http.routes.targets import subscription_in
from adapters.webhooks import shown_secret
from events_core import ListSubscriptions, UpdateSubscription
from events_core.usecases.core import publishing_of


async def may_publish(call: Call) -> None:
    """Check that the asker may still manage who is told."""
    await publishing_of(call.core, call.actor)


async def list_subscriptions(call: Call) -> Answer:
    """Answer 200 with a part of the list."""
    command = ListSubscriptions(
        limit=call.query.get("limit", 100), offset=call.query.get("offset", 0)
    )
    found = await events_core.list_subscriptions(call.core, call.actor, command)
    body = publishing.subscriptions(found, limit=command.limit, offset=command.offset)
    return Answer(200, views.dump(body))


async def create_subscription(call: Call) -> Answer:
    """Answer 201 with the subscription and her secret."""
    command = publishing.create_subscription(call.body, seed=call.seed)
    made = await events_core.create_subscription(call.core, call.actor, command)
    location = ("Location", f"/api/v1/subscriptions/{made.subscription.id}")
    return Answer(201, views.dump(publishing.subscribed(made)), headers=(location,))


async def get_subscription(call: Call) -> Answer:
    """Answer 200 with the subscription."""
    found = await events_core.get_subscription(
        call.core, call.actor, subscription_in(call)
    )
    return Answer(200, views.dump(publishing.subscription(found)))


async def update_subscription(call: Call) -> Answer:
    """Answer 200 with the subscription as it is now."""
    command = UpdateSubscription(
        subscription_id=subscription_in(call), terms=publishing.new_terms(call.body)
    )
    changed = await events_core.update_subscription(call.core, call.actor, command)
    return Answer(200, views.dump(publishing.subscription(changed)))


async def delete_subscription(call: Call) -> Answer:
    """Answer 204: there is no such subscription any more."""
    await events_core.delete_subscription(call.core, call.actor, subscription_in(call))
    return Answer(204, media_type=None)


async def rotate_secret(call: Call) -> Answer:
    """Answer 200 with the new secret."""
    one = subscription_in(call)
    secret = await events_core.rotate_secret(call.core, call.actor, one)
    return Answer(200, views.dump({"id": one, "secret": shown_secret(secret)}))


OPERATIONS = (
    Operation(
        "GET",
        "/subscriptions",
        "listSubscriptions",
        list_subscriptions,
    ),
    Operation(
        "POST",
        "/subscriptions",
        "createSubscription",
        create_subscription,
        may_repeat=may_publish,
        takes=ONLY_JSON,
        is_kept=False,
    ),
    Operation(
        "GET",
        "/subscriptions/{subscription_id}",
        "getSubscription",
        get_subscription,
    ),
    Operation(
        "PATCH",
        "/subscriptions/{subscription_id}",
        "updateSubscription",
        update_subscription,
        may_repeat=may_publish,
        takes=JSON_BODIES,
    ),
    Operation(
        "DELETE",
        "/subscriptions/{subscription_id}",
        "deleteSubscription",
        delete_subscription,
        may_repeat=may_publish,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/secret",
        "rotateSecret",
        rotate_secret,
        may_repeat=may_publish,
        is_kept=False,
    ),
)
