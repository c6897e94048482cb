"""The limits of what is asked of the database, and kept there."""

from adapters.compose import FOR_REQUESTS
from adapters.postgres import Kept, clearing, retention
from docs.limits.limit import Limit, at, lasting, setting

_RETENTION = "`events-core retention`"
_FAILURES = "tests/unit/adapters/postgres/test_failures.py"
_FOR_A_WHILE = (
    "test_deliveries_leave_their_record_and_dead_letters_their_fact_for_a_while"
)


def of_the_database() -> list[Limit]:
    """Return the limits of what is asked of the database, and kept there."""
    patience, kept = FOR_REQUESTS, Kept()
    ages = "tests/contract/test_retention_postgres.py"
    age = at(ages, _FOR_A_WHILE)
    pile = "tests/unit/adapters/postgres/test_clearing.py"
    return [
        Limit(
            "connections of a process",
            setting("EVENTS_DATABASE_CONNECTIONS"),
            f"they wait {lasting(patience.turn)}, then 503 `DATABASE_UNAVAILABLE`",
            at(_FAILURES, "test_a_pool_without_a_free_connection"),
        ),
        Limit(
            "wait for a new connection",
            lasting(patience.connect),
            "503 `DATABASE_UNAVAILABLE`",
            at(_FAILURES, "test_a_server_that_accepts_and_says_nothing"),
        ),
        Limit(
            "a statement",
            lasting(patience.statement),
            "cancelled, 503",
            at(_FAILURES, "test_a_statement_that_takes_too_long"),
        ),
        Limit(
            "wait for a lock",
            lasting(patience.lock),
            "given up, 503",
            at(_FAILURES, "test_a_lock_that_is_not_to_be_had_in_time"),
        ),
        Limit(
            "a transaction that does nothing",
            lasting(patience.idle),
            "ended by the server",
            at(_FAILURES, "test_a_transaction_that_idles_too_long"),
        ),
        Limit(
            "requests and signatures that have expired",
            f"one addition in {clearing.EVERY} clears away {clearing.AT_MOST}",
            "never more than a few stay",
            at(pile, "test_repeats_do_not_pile_up"),
        ),
        Limit(
            "rows deleted in one transaction by `retention`",
            f"{retention.PORTION}",
            "the next transaction's",
            at(ages, "test_more_than_a_portion_goes_too"),
        ),
        Limit(
            "archived events",
            f"{lasting(kept.archived_events)} after their end",
            _RETENTION,
            at(ages, "test_an_event_archived_long_ago_goes_and_its_facts_stay"),
        ),
        Limit(
            "facts",
            f"{setting('EVENTS_FACTS_DAYS')} days",
            "`events-core retention`, once everybody has them",
            at(
                "tests/contract/outbox/test_retention.py",
                "test_exactly_what_is_old_and_awaited_by_nobody_goes",
            ),
        ),
        Limit("attempts", lasting(kept.attempts), "`events-core retention`", age),
        Limit(
            "dead letters", lasting(kept.dead_letters), "`events-core retention`", age
        ),
    ]
