"""What became of deliveries, and the facts for who fetches them."""

from uuid import UUID

import orjson
from attrs import astuple, evolve

import events_core
from adapters.http.codec import commands, dispatches, publishing, views
from adapters.http.handling import ONLY_JSON, Answer, Call, Operation
from adapters.http.places import read_place, write_place
from adapters.http.routes.subscriptions import may_publish
from adapters.http.routes.targets import message_in, subscription_in
from events_core import (
    Choice,
    ListDeadLetters,
    ListDeliveries,
    MessageId,
    PullFacts,
    ReplayFacts,
    RetryDeadLetters,
    ScopeKind,
    SendTest,
)
from events_core.domain.text import FieldProblems
from events_core.errors import InvalidFields
from events_core.ports.publishing import FeedPlace


async def list_deliveries(call: Call) -> Answer:
    """Answer 200 with what was and is to be told, the latest first."""
    one = subscription_in(call)
    cursor, before = call.query.get("cursor"), None
    if cursor is not None:
        [before] = read_place(cursor, of=("deliveries", one), name="cursor")
    limit = call.query.get("limit", 100)
    command = ListDeliveries(subscription_id=one, before=before, limit=limit)
    found = await events_core.list_deliveries(call.core, call.actor, command)
    following = None
    if len(found) == limit:
        following = write_place(found[-1].position, of=("deliveries", one))
    items = [dispatches.dispatch(told) for told in found]
    return _page(items, limit, following)


async def list_dead_letters(call: Call) -> Answer:
    """Answer 200 with what is not tried any more, in the facts' order."""
    one, query = subscription_in(call), call.query
    after, limit = 0, query.get("limit", 100)
    if "cursor" in query:
        [after] = read_place(query["cursor"], of=("dead", one), name="cursor")
    command = ListDeadLetters(
        subscription_id=one,
        choice=dispatches.choice(query, query.get("eventType")),
        after=after,
        limit=limit,
    )
    found = await events_core.list_dead_letters(call.core, call.actor, command)
    following = None
    if len(found) == limit:
        following = write_place(found[-1].position, of=("dead", one))
    return _page([dispatches.dead_letter(one) for one in found], limit, following)


async def get_dead_letter(call: Call) -> Answer:
    """Answer 200 with a dead letter and what it tells."""
    found = await events_core.get_dead_letter(
        call.core, call.actor, subscription_in(call), message_in(call)
    )
    return Answer(200, views.dump(dispatches.opened(found)))


async def retry_dead_letter(call: Call) -> Answer:
    """Answer 200: it is tried again."""
    return await _retried(call, Choice(message_id=message_in(call)))


async def retry_dead_letters(call: Call) -> Answer:
    """Answer 200 with how many are tried again."""
    body = call.body or {}
    choice, one = dispatches.choice(body, body.get("eventTypes")), body.get("messageId")
    if one is not None:
        choice = evolve(choice, message_id=MessageId(UUID(one)))
    return await _retried(call, choice)


async def send_test(call: Call) -> Answer:
    """Answer 202 with the id of the message that is on its way."""
    command = SendTest(subscription_id=subscription_in(call), id=MessageId(call.seed))
    message_id = await events_core.send_test(call.core, call.actor, command)
    return Answer(202, views.dump({"messageId": message_id}))


async def replay_facts(call: Call) -> Answer:
    """Answer 204: all is told again from there on."""
    since = call.body.get("since")
    problems = FieldProblems()
    if since is not None:
        text = since
        since = problems.checked("since", lambda: dispatches.instant(text), None)
    problems.raise_if_any()
    command = ReplayFacts(
        subscription_id=subscription_in(call),
        from_position=call.body.get("fromPosition"),
        since=since,
    )
    await events_core.replay_facts(call.core, call.actor, command)
    return Answer(204, media_type=None)


async def pull_facts(call: Call) -> Answer:
    """Answer 200 with the next facts, and the cursor to go on after."""
    query, of = call.query, ("facts", call.actor.tenant_id)
    scope, kind = commands.scope_asked(query)
    if scope is None and kind is not None:
        raise InvalidFields({"scope_id": (f"is required with {ScopeKind(kind)}",)})
    command = PullFacts(
        limit=query.get("limit", 100),
        event_types=publishing.event_types(query.get("eventType")),
        scope=scope,
    )
    if "after" in query:
        numbers = read_place(query["after"], of=of, name="after", count=3)
        command = evolve(command, after=FeedPlace(*numbers))
    page = await events_core.pull_facts(call.core, call.actor, command)
    place = write_place(*astuple(page.place), of=of)
    meta = {"limit": command.limit, "nextCursor": place, "more": page.more}
    items = [orjson.Fragment(text) for text in page.texts]
    return Answer(200, views.dump({"items": items, "meta": meta}))


def _page(items: list[views.Json], limit: int, following: str | None) -> Answer:
    body = dispatches.page(items, limit=limit, following=following)
    return Answer(200, views.dump(body))


async def _retried(call: Call, chosen: Choice) -> Answer:
    command = RetryDeadLetters(subscription_id=subscription_in(call), choice=chosen)
    done = await events_core.retry_dead_letters(call.core, call.actor, command)
    return Answer(200, views.dump({"retried": done.number, "more": done.more}))


OPERATIONS = (
    Operation(
        "GET",
        "/subscriptions/{subscription_id}/deliveries",
        "listDeliveries",
        list_deliveries,
    ),
    Operation(
        "GET",
        "/subscriptions/{subscription_id}/dead-letters",
        "listDeadLetters",
        list_dead_letters,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/dead-letters/retry",
        "retryDeadLetters",
        retry_dead_letters,
        may_repeat=may_publish,
        takes=ONLY_JSON,
    ),
    Operation(
        "GET",
        "/subscriptions/{subscription_id}/dead-letters/{message_id}",
        "getDeadLetter",
        get_dead_letter,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/dead-letters/{message_id}/retry",
        "retryDeadLetter",
        retry_dead_letter,
        may_repeat=may_publish,
        takes=ONLY_JSON,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/test",
        "sendTest",
        send_test,
        may_repeat=may_publish,
        takes=ONLY_JSON,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/replay",
        "replayFacts",
        replay_facts,
        may_repeat=may_publish,
        takes=ONLY_JSON,
    ),
    Operation(
        "GET",
        "/facts",
        "pullFacts",
        pull_facts,
    ),
)
