"""The operations: each takes a command in, asks a use case, and shows the view.

``OPERATIONS`` is the route table. Every row stands in ``openapi.yaml`` under the same
name; a test holds the two together.
"""

from adapters.http.handling import JSON, JSON_BODIES, Operation
from adapters.http.routes import (
    attendance,
    calendar,
    dispatches,
    events,
    explanation,
    history,
    lifecycle,
    listing,
    numbers,
    passes,
    people,
    roles,
    rsvp,
    seats,
    subscriptions,
)
from events_core import Status

_JSON = frozenset({JSON})

OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/events", "listEvents", listing.list_events),
    Operation(
        "POST",
        "/events",
        "createEvent",
        events.create_event,
        may_repeat=events.may_create,
        takes=_JSON,
    ),
    Operation(
        "POST",
        "/events/batch",
        "createEvents",
        events.create_events,
        may_repeat=events.may_create_all,
        takes=_JSON,
    ),
    Operation("GET", "/events/me", "describeMe", people.describe_me),
    Operation("GET", "/events/{event_id}", "getEvent", events.get_event),
    Operation(
        "PATCH",
        "/events/{event_id}",
        "updateEvent",
        events.update_event,
        may_repeat=events.may_update,
        takes=JSON_BODIES,
    ),
    Operation("GET", "/events/{event_id}/history", "readHistory", history.read_history),
    Operation(
        "GET",
        "/events/{event_id}/history/{version}",
        "readVersion",
        history.read_version,
    ),
    Operation(
        "GET", "/events/{event_id}/diff", "compareVersions", history.compare_versions
    ),
    Operation(
        "POST",
        "/events/{event_id}/rollback",
        "rollBackEvent",
        history.roll_back_event,
        may_repeat=history.may_roll_back,
        takes=_JSON,
    ),
    Operation(
        "GET",
        "/events/{event_id}/explain",
        "explainEvent",
        explanation.explain_event,
    ),
    Operation("GET", "/events/{event_id}/roles", "readRoles", roles.read_roles),
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
                roles.give_role,
                may_repeat=roles.may_share,
                takes=_JSON,
            ),
            Operation(
                "DELETE",
                f"/events/{{event_id}}/roles/{holder}",
                f"take{name}",
                roles.take_role,
                may_repeat=roles.may_share,
            ),
        )
    ),
    Operation(
        "DELETE",
        "/events/{event_id}",
        "deleteEvent",
        lifecycle.delete_event,
        may_repeat=lifecycle.may_delete,
    ),
    Operation(
        "POST",
        "/events/{event_id}/restore",
        "restoreEvent",
        lifecycle.restore_event,
        may_repeat=lifecycle.may_delete,
        takes=_JSON,
    ),
    *(
        Operation(
            "POST",
            f"/events/{{event_id}}/{step}",
            f"{step}Event",
            lifecycle.move_to(status),
            may_repeat=events.may_update,
            takes=_JSON,
        )
        for step, status in (
            ("publish", Status.PUBLISHED),
            ("postpone", Status.POSTPONED),
            ("cancel", Status.CANCELLED),
            ("complete", Status.COMPLETED),
        )
    ),
    Operation(
        "GET",
        "/events/{event_id}/ics",
        "getCalendarFile",
        calendar.get_calendar_file,
    ),
    Operation(
        "POST",
        "/events/{event_id}/rsvp",
        "setRsvp",
        rsvp.set_rsvp,
        may_repeat=rsvp.may_answer,
        takes=_JSON,
    ),
    Operation(
        "DELETE",
        "/events/{event_id}/rsvp",
        "withdrawRsvp",
        rsvp.withdraw_rsvp,
        may_repeat=rsvp.may_withdraw,
    ),
    Operation("GET", "/events/{event_id}/rsvps", "listAnswers", rsvp.list_answers),
    Operation(
        "PUT",
        "/events/{event_id}/rsvps/{user_id}",
        "setRsvpFor",
        rsvp.set_rsvp_for,
        may_repeat=rsvp.may_answer_for_others,
        takes=_JSON,
    ),
    Operation("GET", "/events/{event_id}/seats", "readSeats", seats.read_seats),
    Operation(
        "POST",
        "/events/{event_id}/waitlist/promote",
        "promoteWaiting",
        seats.promote_waiting,
        may_repeat=seats.may_promote,
        takes=_JSON,
    ),
    Operation(
        "POST",
        "/events/{event_id}/attendance",
        "markAttendance",
        attendance.mark_attendance,
        may_repeat=attendance.may_mark,
        takes=_JSON,
    ),
    Operation(
        "GET",
        "/subscriptions",
        "listSubscriptions",
        subscriptions.list_subscriptions,
    ),
    Operation(
        "POST",
        "/subscriptions",
        "createSubscription",
        subscriptions.create_subscription,
        may_repeat=subscriptions.may_publish,
        takes=_JSON,
        is_kept=False,
    ),
    Operation(
        "GET",
        "/subscriptions/{subscription_id}",
        "getSubscription",
        subscriptions.get_subscription,
    ),
    Operation(
        "PATCH",
        "/subscriptions/{subscription_id}",
        "updateSubscription",
        subscriptions.update_subscription,
        may_repeat=subscriptions.may_publish,
        takes=JSON_BODIES,
    ),
    Operation(
        "DELETE",
        "/subscriptions/{subscription_id}",
        "deleteSubscription",
        subscriptions.delete_subscription,
        may_repeat=subscriptions.may_publish,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/secret",
        "rotateSecret",
        subscriptions.rotate_secret,
        may_repeat=subscriptions.may_publish,
        is_kept=False,
    ),
    Operation("GET", "/events/{event_id}/stats", "getNumbers", numbers.get_numbers),
    Operation("GET", "/events/{event_id}/pass", "getPass", passes.get_pass),
    Operation(
        "POST",
        "/events/{event_id}/checkin",
        "checkIn",
        passes.check_in,
        may_repeat=attendance.may_mark,
        takes=_JSON,
    ),
    Operation(
        "GET",
        "/events/{event_id}/attendance",
        "listAttendance",
        attendance.list_attendance,
    ),
    Operation(
        "POST",
        "/events/{event_id}/attendance/batch",
        "markMany",
        attendance.mark_many,
        may_repeat=attendance.may_mark,
        takes=_JSON,
    ),
    Operation(
        "DELETE",
        "/events/{event_id}/attendance/{user_id}",
        "undoAttendance",
        attendance.undo_attendance,
        may_repeat=attendance.may_mark,
    ),
    Operation(
        "GET",
        "/subscriptions/{subscription_id}/deliveries",
        "listDeliveries",
        dispatches.list_deliveries,
    ),
    Operation(
        "GET",
        "/subscriptions/{subscription_id}/dead-letters",
        "listDeadLetters",
        dispatches.list_dead_letters,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/dead-letters/retry",
        "retryDeadLetters",
        dispatches.retry_dead_letters,
        may_repeat=subscriptions.may_publish,
        takes=_JSON,
    ),
    Operation(
        "GET",
        "/subscriptions/{subscription_id}/dead-letters/{message_id}",
        "getDeadLetter",
        dispatches.get_dead_letter,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/dead-letters/{message_id}/retry",
        "retryDeadLetter",
        dispatches.retry_dead_letter,
        may_repeat=subscriptions.may_publish,
        takes=_JSON,
    ),
    Operation(
        "POST",
        "/subscriptions/{subscription_id}/replay",
        "replayFacts",
        dispatches.replay_facts,
        may_repeat=subscriptions.may_publish,
        takes=_JSON,
    ),
    Operation(
        "GET",
        "/facts",
        "pullFacts",
        dispatches.pull_facts,
    ),
    Operation(
        "GET",
        "/internal/dsar/users/{user_id}/export",
        "exportPerson",
        people.export_person,
    ),
    # Never kept for a repeat: the answer would be the one thing left of the person.
    Operation(
        "POST",
        "/internal/dsar/users/{user_id}/erase",
        "erasePerson",
        people.erase_person,
        may_repeat=None,
    ),
)
