"""The limits of what others are asked and told."""

from adapters.outbox import client as webhooks
from adapters.outbox.counts import MOST_SUBSCRIBERS
from adapters.outbox.relay import Pace
from adapters.outbox.retries import SCHEDULE
from adapters.portal.answers import CachePolicy
from adapters.portal.lanes import ANSWER_LIMIT
from adapters.portal.memberships import LOOKUPS_AT_ONCE
from adapters.postgres.queue import laying_out
from docs.limits.limit import Limit, at, lasting, size
from events_core.domain import destination
from events_core.ports.outbox import Breaker

_PORTAL = "tests/unit/adapters/portal"
_OUTBOX = "tests/unit/adapters/outbox"
_SUITE = "src/events_core/testing/contracts/outbox"
_PORTIONS = "test_more_than_a_portion_is_laid_out_too"
_LONG_URL = "test_a_url_that_nobody_needs_is_refused"


def of_neighbours() -> list[Limit]:
    """Return the limits of what others are asked and told."""
    cache = CachePolicy()
    pace, breaker = Pace(), Breaker()
    return [
        Limit(
            "answer of Portal or Access",
            size(ANSWER_LIMIT),
            "no answer",
            at(
                f"{_PORTAL}/test_client.py",
                "test_whatever_goes_wrong_is_no_answer_and_soon_known",
            ),
        ),
        Limit(
            "connections to each",
            "32",
            "they wait",
            at(
                f"{_PORTAL}/test_connections.py",
                "test_no_more_connections_are_opened_than_allowed",
            ),
        ),
        Limit(
            "memberships looked up for a question",
            f"{LOOKUPS_AT_ONCE}",
            "unknown, and learnt by the next questions",
            at(
                f"{_PORTAL}/test_memberships.py",
                "test_beyond_two_hundred_unknown_scopes_the_rest_waits_its_turn",
            ),
        ),
        Limit(
            "remembered memberships, and permissions",
            f"{cache.capacity:,} of each",
            "the longest unused are forgotten",
            at(
                f"{_PORTAL}/test_answers.py",
                "test_of_too_many_the_longest_unused_are_forgotten",
            ),
        ),
        Limit(
            "facts laid out at a time for a subscriber",
            f"{laying_out.PORTION:,}",
            "the next look's",
            at("tests/contract/outbox/test_delivery.py", _PORTIONS),
        ),
        Limit(
            "deliveries claimed at a time",
            f"{pace.room}, of one subscriber {pace.each}",
            "the next claim's",
            at(f"{_SUITE}/deliveries.py", "test_nobody_gets_more_than_her_share"),
        ),
        Limit(
            "subscribers whose attempts are counted apart",
            f"{MOST_SUBSCRIBERS:,}",
            "counted together",
            at(
                f"{_OUTBOX}/test_counts.py",
                "test_of_too_many_subscribers_the_last_are_counted_together",
            ),
        ),
        Limit(
            "answer of a subscriber",
            size(webhooks.MOST_READ),
            "read no further",
            at(f"{_OUTBOX}/test_client.py", "test_of_a_long_answer_little_is_read"),
        ),
        Limit(
            "attempts of a delivery",
            f"{len(SCHEDULE) + 1}, over {lasting(round(sum(SCHEDULE)))}",
            "a dead letter",
            at(f"{_OUTBOX}/test_retries.py", "test_after_the_last_retry_it_is_dead"),
        ),
        Limit(
            "a subscriber without a success",
            lasting(breaker.gives_up_after),
            "disabled",
            at(f"{_SUITE}/health.py", "test_who_fails_for_too_long_is_disabled"),
        ),
        Limit(
            "subscriber's URL",
            f"{destination.LONGEST_URL:,} characters",
            "422",
            at("tests/unit/domain/test_destination.py", _LONG_URL),
        ),
    ]
