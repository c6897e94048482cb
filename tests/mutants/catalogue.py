"""Bugs that somebody could make, each with the tests that ought to notice."""

from tests.mutants import audit, events, history, requests, seeing, stores
from tests.mutants.mutant import (
    DOMAIN,
    FLAPPING,
    OUTBOX,
    POISON,
    QUEUE,
    RELAY,
    WORD,
    Mutant,
)

MUTANTS = (
    *seeing.MUTANTS,
    *events.MUTANTS,
    *history.MUTANTS,
    *stores.MUTANTS,
    *requests.MUTANTS,
    *audit.MUTANTS,
    # Facts on their way.
    Mutant(
        "facts are read on from the last place and not by snapshots",
        "adapters/postgres/queue/sequencer.py",
        """    SELECT {columns} FROM {table}
    WHERE xid >= pg_snapshot_xmax({seen})
    UNION ALL
    SELECT {columns} FROM {table}
    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip({seen})))
""",
        """    SELECT {columns} FROM {table}
    WHERE {seen} IS NOT NULL
        AND seq > (SELECT coalesce(max(seq), 0) FROM {positions})
""",
        OUTBOX,
    ),
    Mutant(
        "what was under way when last looked is forgotten",
        "adapters/postgres/queue/sequencer.py",
        "WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip({seen})))",
        "WHERE false",
        OUTBOX,
    ),
    Mutant(
        "a claim that ran out is settled by whoever had it",
        "adapters/postgres/queue/settling.py",
        "delivery.ctid = tid AND lease_token = token",
        "delivery.ctid = tid",
        OUTBOX,
    ),
    Mutant(
        "later facts of an event are not kept back",
        "adapters/postgres/queue/claiming.py",
        "AND d.place = (",
        "AND d.place >= (",
        OUTBOX,
    ),
    Mutant(
        "at Activity any fact of a tenant will do",
        "adapters/postgres/queue/claiming.py",
        "ORDER BY first.place LIMIT 1",
        "ORDER BY first.place OFFSET 0",
        OUTBOX,
    ),
    Mutant(
        "Activity is told of the events of a tenant side by side",
        "adapters/postgres/queue/laying_out.py",
        "subscriber.kind is Kind.ACTIVITY,",
        "False,",
        ("tests/contract/outbox/test_activity.py",),
    ),
    Mutant(
        "what a tenant is called is kept the first time only",
        "adapters/postgres/slugs.py",
        "where=tenant_slug.c.slug != _KEEP.excluded.slug,",
        "where=tenant_slug.c.slug == _KEEP.excluded.slug,",
        ("tests/unit/adapters/postgres/test_slugs.py",),
    ),
    Mutant(
        "who is told in a tenant's name hears its id for a slug",
        "adapters/outbox/messages.py",
        "signing.header_value(delivery.tenant_slug) or tenant_id",
        "tenant_id",
        RELAY,
    ),
    Mutant(
        "a dry run does not see what has no position",
        "adapters/postgres/queue/preview.py",
        "UNION ALL SELECT tenant_id, place, position, seq FROM numbered",
        "",
        ("tests/contract/outbox/test_dry_run.py",),
    ),
    Mutant(
        "a dry run tells what waits for something before it",
        "adapters/postgres/queue/preview.py",
        'None if row["waits"] else _First',
        "None if told is None else _First",
        ("tests/contract/outbox/test_histories.py",),
    ),
    Mutant(
        "any subscriber may lead inside",
        "adapters/outbox/delivering.py",
        "inside=delivery.subscriber.kind is Kind.ACTIVITY",
        "inside=True",
        ("tests/unit/adapters/outbox/test_activity.py",),
    ),
    Mutant(
        "that dead letters are sent again is in no trail",
        "adapters/postgres/publishing/dispatches.py",
        """            if number:
""",
        """            if not number:
""",
        ("tests/contract/test_outbox_postgres.py",),
    ),
    Mutant(
        "what was tried says nobody once its person is erased",
        "adapters/postgres/persons.py",
        "        await self._call(_BURY_LINKED, held)\n",
        "",
        ("tests/contract/outbox/test_activity.py",),
    ),
    Mutant(
        "what Activity may still be at is sent beside it",
        "adapters/outbox/retries.py",
        "if kind is Kind.ACTIVITY else timedelta(0)",
        "if kind is None else timedelta(0)",
        RELAY,
    ),
    Mutant(
        "what refuses everything says nothing of Activity's health",
        "adapters/outbox/retries.py",
        "counts=status not in _OF_THE_MESSAGE",
        "counts=False",
        ("tests/contract/outbox/test_activity.py",),
    ),
    Mutant(
        "whoever claims passes over all that is over",
        "adapters/postgres/queue/low_water.py",
        "self._marks = {row[0]: (row[1], row[2]) for row in rows}",
        "self._marks = {}",
        QUEUE,
    ),
    Mutant(
        "what is tried later hides what comes sooner",
        "adapters/postgres/queue/low_water.py",
        "UNION ALL SELECT laid_out_at, 0",
        "UNION ALL SELECT 'infinity', 0",
        QUEUE,
    ),
    Mutant(
        "the relay clears its flag after the look",
        "adapters/outbox/relay.py",
        """                self._news.clear()
                try:
                    wait = await self._look()
""",
        """                try:
                    wait = await self._look()
                    self._news.clear()
""",
        RELAY,
    ),
    Mutant(
        "whoever announces is done when the server has been told",
        "adapters/postgres/queue/wakeups.py",
        "        while self._is_asked:\n",
        "        for _ in range(1):\n",
        ("tests/contract/outbox/test_faults.py",),
    ),
    Mutant(
        "whatever is due is claimed, however large it is",
        "adapters/postgres/queue/claiming.py",
        "size_before < $10",
        "size_before < $10 OR true",
        OUTBOX,
    ),
    Mutant(
        "a relay takes in more while it has more than enough",
        "adapters/outbox/relay.py",
        "is_room = room > 0 and size > 0",
        "is_room = room > 0",
        RELAY,
    ),
    Mutant(
        "what waits for who hangs is kept",
        "adapters/outbox/shares.py",
        "(self.is_ill or self.waiting[0].since < waiting_since)",
        "self.is_ill",
        RELAY,
    ),
    Mutant(
        "who fails is tried on and on",
        "adapters/outbox/shares.py",
        "or self.failed_in_a_row >= self.opens_after",
        "or self.failed_in_a_row < 0",
        RELAY,
    ),
    Mutant(
        "who asks to be left alone is sent what was claimed before",
        "adapters/outbox/shares.py",
        "return self.has_asked_for_rest or",
        "return",
        RELAY,
    ),
    Mutant(
        "whoever breaks off her answer is asked once more",
        "adapters/outbox/connections.py",
        "self.requests > 1 and not self.has_heard",
        "self.requests > 1",
        RELAY,
    ),
    Mutant(
        "who hangs up on a new connection is asked once more",
        "adapters/outbox/connections.py",
        "self.requests > 1 and not self.has_heard",
        "not self.has_heard",
        RELAY,
    ),
    Mutant(
        "who asks to wait is called with something else",
        "adapters/outbox/retries.py",
        "theirs if status in _TOO_MUCH else timedelta(0)",
        "timedelta(0)",
        RELAY,
    ),
    Mutant(
        "who asks to be left alone is not, where something else arrived",
        "adapters/postgres/queue/settling.py",
        "elif asked[one] or not is_well:",
        "elif not is_well:",
        OUTBOX,
    ),
    Mutant(
        "a fact that is too deep keeps everybody from being told of anything",
        "adapters/postgres/rows/record.py",
        "except (ValueError, LookupError, TypeError, RecursionError):",
        "except (ValueError, LookupError, TypeError):",
        POISON,
    ),
    Mutant(
        "a fact that is too deep for Activity is tried for ever",
        "adapters/outbox/delivering.py",
        "except (ValueError, LookupError, TypeError, AttributeError, RecursionError):",
        "except (ValueError, LookupError, TypeError, AttributeError):",
        POISON,
    ),
    Mutant(
        "who fetches goes on though what she read is lost",
        "adapters/postgres/publishing/feed.py",
        "if place.position > head or is_other:",
        "if False:",
        OUTBOX,
    ),
    Mutant(
        "who fetches goes on where something else is in the place of what she read",
        "adapters/postgres/publishing/feed.py",
        "if place.position > head or is_other:",
        "if place.position > head:",
        OUTBOX,
    ),
    Mutant(
        "a queue of notifications that was full once stays so",
        "adapters/postgres/queue/wakeups.py",
        "SELECT pg_notification_queue_usage()",
        "SELECT 1",
        WORD,
    ),
    Mutant(
        "whoever hears no word never looks",
        "adapters/outbox/relay.py",
        """        except TimeoutError:
            self._may_be_facts = True
""",
        """        except TimeoutError:
            pass
""",
        WORD,
    ),
    Mutant(
        "who is paused is told what was laid out before",
        "adapters/postgres/queue/claiming.py",
        "WHERE state = 'active'",
        "WHERE state <> 'disabled'",
        QUEUE,
    ),
    Mutant(
        "what was laid out for who is disabled is lost",
        "adapters/postgres/queue/settling.py",
        "SET place = least(place, (SELECT min(place) - 1 FROM taken))",
        "SET place = place",
        FLAPPING,
    ),
    Mutant(
        "who gets a new secret is signed to with the newest alone",
        "adapters/outbox/messages.py",
        "for secret in subscriber.secrets\n",
        "for secret in subscriber.secrets[:1]\n",
        FLAPPING,
    ),
    Mutant(
        "who is claimed for is as she was when the relay first heard of her",
        "adapters/postgres/queue/claiming.py",
        "    found = await connection.fetch(_WHO, {row",
        """    asked = {row["subscription_id"] for row in rows}
    found = _who.__dict__.setdefault(
        str(sorted(asked)), await connection.fetch(_WHO, asked)
    )
    _ = ({row""",
        FLAPPING,
    ),
    Mutant(
        "an answer that comes late ends the rest that was asked for",
        "adapters/postgres/queue/settling.py",
        "WHEN open_until > statement_timestamp() THEN open_until",
        "WHEN false THEN open_until",
        OUTBOX,
    ),
    Mutant(
        "an address is not looked at once more when connecting",
        "adapters/outbox/addresses.py",
        "if not is_outer(where[0]):",
        "if not where[0]:",
        RELAY,
    ),
    Mutant(
        "a draft is told of",
        "events_core/domain/publication.py",
        "and exposure.status is not Status.DRAFT",
        "and exposure.status is not None",
        DOMAIN,
    ),
)
