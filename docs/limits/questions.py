"""The limits of questions and texts."""

from docs.limits.limit import Limit, at, lasting, size
from events_core import Policies
from events_core.domain import change, details, roster, schedule

_HUGE = "test_a_huge_text_is_refused_before_any_work"
_GIVES_UP = "test_who_always_loses_is_told_so_in_the_end"


def of_questions() -> list[Limit]:
    """Return the limits of questions and texts."""
    policies = Policies()
    listing = "tests/unit/usecases/test_list_events.py"
    refused = at(listing, "test_a_question_that_breaks_a_rule_is_refused")
    texts = at("tests/unit/domain/test_details.py", "test_texts_have_their_lengths")
    return [
        Limit("page", f"{policies.largest_page} items", "422", refused),
        Limit("offset", f"{policies.farthest_offset:,}", "422; use `cursor`", refused),
        Limit(
            "text of a search", f"{policies.longest_search} characters", "422", refused
        ),
        Limit("words of a search", f"{policies.most_words}", "422", refused),
        Limit(
            "lines of a table, or of a check-in list",
            f"{policies.longest_file:,}",
            "422; use `limit` and `offset`",
            at(
                "tests/unit/usecases/test_list_answers.py",
                "test_a_file_is_whole_or_refused",
            ),
        ),
        Limit(
            "occurrences summed up at once",
            f"{policies.most_counted:,}",
            "422; ask about less time",
            at(
                "tests/unit/usecases/test_sum_up.py",
                "test_more_than_can_be_counted_at_once_is_refused",
            ),
        ),
        Limit("title", f"{details.TITLE.longest} characters", "422", texts),
        Limit(
            "description", f"{details.DESCRIPTION.longest:,} characters", "422", texts
        ),
        Limit("location", f"{details.LOCATION_TEXT.longest} characters", "422", texts),
        Limit("game id", f"{details.GAME_ID.longest} characters", "422", texts),
        Limit(
            "metadata",
            f"{size(details.METADATA_LONGEST)}, {details.METADATA_DEEPEST} levels",
            "422",
            at(
                "tests/unit/domain/test_details.py",
                "test_what_is_no_small_shallow_json_object_is_refused",
            ),
        ),
        Limit(
            "comment of an answer",
            f"{roster.COMMENT.longest:,} characters",
            "422",
            at("tests/unit/domain/test_text.py", _HUGE),
        ),
        Limit(
            "reason of a change",
            f"{change.REASON.longest:,} characters",
            "422",
            at("tests/unit/domain/test_text.py", _HUGE),
        ),
        Limit(
            "length of an event",
            lasting(schedule.LONGEST),
            "422",
            at(
                "tests/unit/domain/test_schedule.py",
                "test_an_event_lasts_400_days_at_most",
            ),
        ),
        Limit(
            "attempts of a change without a precondition",
            f"{policies.change_attempts}",
            "409 `CONCURRENT_CHANGE`",
            at("tests/unit/usecases/test_update_event.py", _GIVES_UP),
        ),
    ]
