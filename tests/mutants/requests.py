"""Bugs on the way of a request, and to the neighbours."""

from tests.mutants.mutant import DOMAIN, EDGE, PEOPLE, RELAY, REPEATS, ROUTES, Mutant

MUTANTS = (
    # Signatures and repeats.
    Mutant(
        "the window of a signature never closes",
        "adapters/signing.py",
        "    if abs(now - signed_at) > WINDOW_SECONDS:\n        return None\n",
        "",
        ("tests/unit/adapters/test_signing.py", *EDGE),
    ),
    Mutant(
        "the body is not signed",
        "adapters/signing.py",
        "hashlib.sha256(body).hexdigest().encode(),",
        'hashlib.sha256(b"").hexdigest().encode(),',
        ("tests/unit/adapters/test_signing.py", *EDGE),
    ),
    Mutant(
        "only the present secret verifies",
        "adapters/signing.py",
        "for position, secret in enumerate(secrets):",
        "for position, secret in enumerate(secrets[:1]):",
        ("tests/unit/adapters/test_signing.py", *EDGE),
    ),
    Mutant(
        "a captured signature is good for another user",
        "adapters/http/edge/context.py",
        "        arrival.header(signing.USER_ID),\n        arrival.header(signing.M",
        "        arrival.header(signing.M",
        EDGE,
    ),
    Mutant(
        "a captured signature is good for another query",
        "adapters/http/edge/context.py",
        "        arrival.query,\n    )",
        "    )",
        EDGE,
    ),
    Mutant(
        "a claim taken over has another seed",
        "adapters/postgres/repeats.py",
        "(and_(~_is_over, _is_the_same), repeat.c.seed), else_",
        "(and_(_is_over, _is_the_same), repeat.c.seed), else_",
        REPEATS,
    ),
    Mutant(
        "a claim is never taken over",
        "adapters/postgres/repeats.py",
        "repeat.c.leased_until <= _NOW)",
        "repeat.c.leased_until != repeat.c.leased_until)",
        REPEATS,
    ),
    Mutant(
        "an answer is repeated without a look at the permission",
        "adapters/http/edge/once.py",
        "            if operation.may_repeat is not None:\n"
        "                await operation.may_repeat(call(self._ids.new()))\n",
        "",
        EDGE,
    ),
    Mutant(
        "a key serves for another request too",
        "adapters/http/edge/once.py",
        "            if outcome.fingerprint != asked.fingerprint:\n"
        "                raise IdempotencyKeyReused\n",
        "",
        EDGE,
    ),
    Mutant(
        "a failed request leaves its claim",
        "adapters/http/edge/once.py",
        "            await self._settle(self._repeats.release(asked.key))\n"
        "            raise\n",
        "            raise\n",
        EDGE,
    ),
    # The neighbours.
    Mutant(
        "a lie is a membership",
        "adapters/portal/memberships.py",
        'answer.get("member") is not True',
        'not answer.get("member")',
        PEOPLE,
    ),
    Mutant(
        "a refusal is no membership",
        "adapters/portal/memberships.py",
        "if status == 404:",
        "if status in {401, 403, 404}:",
        PEOPLE,
    ),
    Mutant(
        "an outage is remembered",
        "adapters/portal/answers.py",
        "        if answer is not None:\n            self._keep(",
        "        if True:\n            self._keep(",
        PEOPLE,
    ),
    Mutant(
        "one person's answer serves all",
        "adapters/portal/memberships.py",
        "(actor.tenant_id, actor.user_id),",
        "(actor.tenant_id, UserId(actor.tenant_id)),",
        PEOPLE,
    ),
    # The surface.
    Mutant(
        "a weak tag is as good as a strong one",
        "adapters/http/etags.py",
        "if not weak and (ours",
        "if (ours",
        ROUTES,
    ),
    Mutant(
        "a precondition in the body is overlooked",
        "adapters/http/etags.py",
        "versions=named if bodies is None else named & bodies",
        "versions=named",
        ROUTES,
    ),
    Mutant(
        "null clears what an event always has",
        "adapters/http/codec/commands/events.py",
        "if value is not None or name not in _ALWAYS_THERE",
        "if True",
        ROUTES,
    ),
    Mutant(
        "a cursor is good for anybody",
        "adapters/http/cursor.py",
        "raw = _seal(payload, actor, query) + payload",
        "raw = bytes(_DIGEST_SIZE) + payload",
        ROUTES,
    ),
    # Which trace it belongs to.
    Mutant(
        "the neighbours are not told of the trace",
        "adapters/portal/client.py",
        "headers |= current_headers()",
        "headers |= {}",
        PEOPLE,
    ),
    Mutant(
        "a trace of zeros is one",
        "adapters/tracing.py",
        'if not int(found["trace"], 16) or not int(found["span"], 16):',
        'if not int(found["span"], 16):',
        ("tests/unit/adapters/test_tracing.py",),
    ),
    Mutant(
        "a delivery belongs to a trace of its own",
        "adapters/outbox/delivering.py",
        "within=trace) as span",
        "within=None) as span",
        ("tests/contract/outbox/test_delivery.py",),
    ),
    Mutant(
        "a test is told to everybody",
        "events_core/domain/publication.py",
        "return fact.subscription_id == subscription_id",
        "return True",
        DOMAIN,
    ),
    Mutant(
        "who wants any kind of fact hears who was disabled",
        "events_core/domain/publication.py",
        "fact.event_type in (audience.event_types or ())",
        "fact.event_type in (audience.event_types or {fact.event_type})",
        DOMAIN,
    ),
    Mutant(
        "a tenant hears what became of an operator's subscription",
        "events_core/ports/outbox.py",
        "not is_plain or self.kind",
        "self.kind",
        ("tests/contract/test_outbox_memory.py",),
    ),
    Mutant(
        "whoever fetches slowly is not told that facts have gone",
        "adapters/postgres/publishing/feed.py",
        "place = after or FeedPlace(0, cleared)",
        "place = after or FeedPlace(0, head)",
        ("tests/contract/outbox/test_feed.py",),
    ),
    Mutant(
        "what of version 6 was given to nobody counts as the internet",
        "adapters/outbox/addresses.py",
        "if ip.version == 6 and ip not in _UNICAST:",
        "if ip.version == 6 and ip.ipv4_mapped:",
        RELAY,
    ),
)
