"""The limits of what comes in."""

from adapters.http.edge import context, once
from adapters.http.edge.turnstile import MOST_ADDRESSES
from adapters.http.schema import parsing, query
from adapters.http.server import GONE_WITHIN, LONGEST_DRAIN
from adapters.http.settings import Limits
from docs.limits.limit import Limit, at, lasting, size

_EDGE = "tests/unit/adapters/http/edge"


def of_requests() -> list[Limit]:
    """Return the limits of what comes in."""
    limits, heads = Limits(), f"{_EDGE}/test_limits.py"
    head = at(heads, "test_addresses_and_heads_have_an_end_everywhere")
    server = f"{_EDGE}/test_server.py"
    contract = "tests/unit/adapters/http/schema/test_contract.py"
    once_, turnstile = f"{_EDGE}/test_once.py", f"{_EDGE}/test_turnstile.py"
    return [
        Limit("path and query", size(limits.url), "414 `URI_TOO_LONG`", head),
        Limit(
            "header fields", f"{limits.header_fields}", "431 `HEADERS_TOO_LARGE`", head
        ),
        Limit(
            "all headers, as they come in",
            size(limits.headers),
            "431 `HEADERS_TOO_LARGE`, read no further",
            at(server, "test_a_head_without_end_takes_no_memory"),
        ),
        Limit(
            "parameters of a query",
            f"{query.MOST_PARAMETERS}",
            "400 `INVALID_QUERY`",
            at(contract, "test_a_query_that_cannot_be_read_is_malformed"),
        ),
        Limit(
            "master flags",
            size(context.LONGEST_FLAGS),
            "431 `HEADERS_TOO_LARGE`",
            at(
                f"{_EDGE}/test_signed_context.py",
                "test_flags_that_cannot_be_read_to_their_end_hide_nothing",
            ),
        ),
        Limit(
            "idempotency key",
            f"{once.LONGEST_KEY} characters",
            "400",
            at(once_, "test_a_key_that_is_none_is_refused"),
        ),
        Limit(
            "body",
            size(limits.body),
            "413 `BODY_TOO_LARGE`, read no further",
            at(heads, "test_a_body_that_grows_too_long_is_read_no_further"),
        ),
        Limit(
            "levels of a JSON body",
            f"{parsing.DEEPEST}",
            "400 `INVALID_JSON`",
            at(contract, "test_depth_is_bounded_and_counted_before_reading"),
        ),
        Limit(
            "a request with its framing and trailers",
            size(limits.message),
            "broken off",
            at(server, "test_trailers_without_end_take_no_memory"),
        ),
        Limit(
            "wait for head and body",
            lasting(limits.arrival),
            "408 `REQUEST_TIMEOUT`",
            at(server, "test_who_is_slow_with_her_body_is_not_waited_for"),
        ),
        Limit(
            "signed requests at work in a process",
            f"{limits.in_flight}",
            "503 `OVERLOADED`",
            at(heads, "test_no_more_are_served_at_once_than_may_be"),
        ),
        Limit(
            "changes at work at one time",
            "four fifths of `EVENTS_DATABASE_CONNECTIONS`",
            f"they wait {lasting(limits.turn)}, then 503 `OVERLOADED`",
            at(heads, "test_a_turn_that_does_not_come_is_told_and_costs_nobody_hers"),
        ),
        Limit(
            "all that is done for a request",
            lasting(limits.deadline),
            "503 `DEADLINE_EXCEEDED`",
            at(once_, "test_what_takes_too_long_is_given_up_and_given_back"),
        ),
        Limit(
            "wait of a repeat for the first one's answer",
            lasting(limits.patience),
            "409, to come again",
            at(once_, "test_who_has_waited_long_enough_is_told_to_come_again"),
        ),
        Limit(
            "answer kept for repeats",
            size(limits.kept_answer),
            "not kept",
            at(once_, "test_an_answer_too_long_to_keep_is_not_kept"),
        ),
        Limit(
            "signatures of reads that a process remembers",
            f"{limits.captures:,}",
            "the oldest is forgotten",
            at(
                f"{_EDGE}/test_captures.py",
                "test_a_process_remembers_so_many_and_no_more",
            ),
        ),
        Limit(
            "requests that need no signature, from one address elsewhere",
            f"{limits.open_burst} at once, then {limits.open_a_second:g} a second",
            "429 `RATE_LIMITED`",
            at(turnstile, "test_what_needs_no_signature_is_not_answered_ever_faster"),
        ),
        Limit(
            "addresses a process remembers for that",
            f"{MOST_ADDRESSES:,}",
            "who asked longest ago is forgotten",
            at(turnstile, "test_of_very_many_addresses_those_that_asked_last_are_kept"),
        ),
        Limit(
            "connections to a process",
            f"{limits.connections}",
            "503 `OVERLOADED`, closed",
            at(server, "test_beyond_so_many_connections_another_is_told_and_closed"),
        ),
        Limit(
            "a connection that asks for nothing",
            lasting(limits.idle),
            "closed",
            at(server, "test_a_connection_that_asks_for_nothing_is_closed_in_time"),
        ),
        Limit(
            "from a signal to the end of the process",
            f"{lasting(GONE_WITHIN)}, of which {lasting(LONGEST_DRAIN)} to drain",
            "ended, whatever hangs",
            at(
                f"{_EDGE}/test_endings.py",
                "test_at_sigterm_a_process_that_hangs_ends_within_ten_seconds",
            ),
        ),
    ]
