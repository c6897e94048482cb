"""Events, answers and attendance: who plans, who comes, who may see and do what.

This is what an embedder calls. ``events_core.ports`` is what she implements,
``events_core.testing`` what she tests with. What has a name here is loaded when the
name is first used: who never publishes does not pay for publishing.
"""

import importlib
import sys

TYPE_CHECKING = False  # `typing` would take longer than all else here
if TYPE_CHECKING:
    from events_core.domain.actors import Actor, MasterFlags, Via, Viewer
    from events_core.domain.answers import Admission, Answer, Side, Tally
    from events_core.domain.audit import AuditEntry, AuditQuery, Deed, Outcome
    from events_core.domain.chain import Finding, Head, Problem
    from events_core.domain.details import EventType, Geo
    from events_core.domain.doors import SealedList
    from events_core.domain.explanation import Explained, Explanation
    from events_core.domain.exposure import Status, Visibility
    from events_core.domain.history import Comparison, Version
    from events_core.domain.identity import (
        EventId,
        MessageId,
        OccurrenceKey,
        Scope,
        ScopeKind,
        TenantId,
        UserId,
    )
    from events_core.domain.listing import Listing
    from events_core.domain.numbers import By, Counted, Line, Numbers
    from events_core.domain.passes import Refusal
    from events_core.domain.permissions import Action, Permission, Role
    from events_core.domain.policies import Policies, QueueOrder
    from events_core.domain.revision import UNSET, Revision
    from events_core.domain.roles import Bearer, Grant, Sharing
    from events_core.domain.schedule import TimeWindow
    from events_core.domain.signup import Signup, Waitlist
    from events_core.domain.words import Edit, Piece
    from events_core.ports.outbox import Kind, State
    from events_core.ports.publishing import (
        Attempt,
        Choice,
        DeadLetter,
        Dispatch,
        FactPage,
        NewTerms,
        Stage,
        Subscription,
        Terms,
    )
    from events_core.usecases.authorize import authorize
    from events_core.usecases.check_in import CheckedIn, CheckIn, check_in
    from events_core.usecases.core import EventsCore
    from events_core.usecases.create_event import CreateEvent, create_event
    from events_core.usecases.create_events import CreateEvents, create_events
    from events_core.usecases.create_subscription import (
        CreateSubscription,
        Subscribed,
        create_subscription,
    )
    from events_core.usecases.delete_event import DeleteEvent, delete_event
    from events_core.usecases.delete_subscription import delete_subscription
    from events_core.usecases.describe_me import Myself, describe_me
    from events_core.usecases.erase_person import Erasure, erase_person
    from events_core.usecases.explain_event import ExplainEvent, explain_event
    from events_core.usecases.export_person import export_person
    from events_core.usecases.get_dead_letter import OpenedLetter, get_dead_letter
    from events_core.usecases.get_event import get_event
    from events_core.usecases.get_numbers import get_numbers
    from events_core.usecases.get_pass import get_pass
    from events_core.usecases.get_subscription import get_subscription
    from events_core.usecases.give_role import (
        GiveRole,
        give_role,
        read_roles,
        take_role,
    )
    from events_core.usecases.let_time_pass import let_time_pass
    from events_core.usecases.list_answers import Answers, ListAnswers, list_answers
    from events_core.usecases.list_attendance import (
        ListAttendance,
        Present,
        list_attendance,
    )
    from events_core.usecases.list_dead_letters import (
        ListDeadLetters,
        list_dead_letters,
    )
    from events_core.usecases.list_deliveries import ListDeliveries, list_deliveries
    from events_core.usecases.list_events import EventList, ListEvents, list_events
    from events_core.usecases.list_expected import ListExpected, list_expected
    from events_core.usecases.list_subscriptions import (
        ListSubscriptions,
        SubscriptionList,
        list_subscriptions,
    )
    from events_core.usecases.mark_attendance import (
        Mark,
        MarkAttendance,
        mark_attendance,
    )
    from events_core.usecases.mark_many import MarkMany, mark_many
    from events_core.usecases.move_event import MoveEvent, move_event
    from events_core.usecases.promote_waiting import (
        PromoteWaiting,
        Promotion,
        promote_waiting,
    )
    from events_core.usecases.pull_facts import PullFacts, pull_facts
    from events_core.usecases.read_audit import export_audit, read_audit
    from events_core.usecases.read_history import (
        History,
        ReadHistory,
        compare_versions,
        read_history,
        read_version,
    )
    from events_core.usecases.read_seats import ReadSeats, Seats, read_seats
    from events_core.usecases.replay_facts import ReplayFacts, replay_facts
    from events_core.usecases.restore_event import RestoreEvent, restore_event
    from events_core.usecases.retry_dead_letters import (
        Retried,
        RetryDeadLetters,
        retry_dead_letters,
    )
    from events_core.usecases.roll_back_event import RollBackEvent, roll_back_event
    from events_core.usecases.rotate_secret import rotate_secret
    from events_core.usecases.send_test import SendTest, send_test
    from events_core.usecases.set_rsvp import (
        SetRsvp,
        SetRsvpFor,
        Standing,
        set_rsvp,
        set_rsvp_for,
    )
    from events_core.usecases.sum_up import Summary, SumUp, sum_up
    from events_core.usecases.take_down_event import TakeDownEvent, take_down_event
    from events_core.usecases.undo_attendance import UndoAttendance, undo_attendance
    from events_core.usecases.update_event import UpdateEvent, update_event
    from events_core.usecases.update_subscription import (
        UpdateSubscription,
        update_subscription,
    )
    from events_core.usecases.verify_audit import Verdict, verify_audit
    from events_core.usecases.withdraw_rsvp import WithdrawRsvp, withdraw_rsvp

__all__ = [
    "UNSET",
    "Action",
    "Actor",
    "Admission",
    "Answer",
    "Answers",
    "Attempt",
    "AuditEntry",
    "AuditQuery",
    "Bearer",
    "By",
    "CheckIn",
    "CheckedIn",
    "Choice",
    "Comparison",
    "Counted",
    "CreateEvent",
    "CreateEvents",
    "CreateSubscription",
    "DeadLetter",
    "Deed",
    "DeleteEvent",
    "Dispatch",
    "Edit",
    "Erasure",
    "EventId",
    "EventList",
    "EventType",
    "EventsCore",
    "ExplainEvent",
    "Explained",
    "Explanation",
    "FactPage",
    "Finding",
    "Geo",
    "GiveRole",
    "Grant",
    "Head",
    "History",
    "Kind",
    "Line",
    "ListAnswers",
    "ListAttendance",
    "ListDeadLetters",
    "ListDeliveries",
    "ListEvents",
    "ListExpected",
    "ListSubscriptions",
    "Listing",
    "Mark",
    "MarkAttendance",
    "MarkMany",
    "MasterFlags",
    "MessageId",
    "MoveEvent",
    "Myself",
    "NewTerms",
    "Numbers",
    "OccurrenceKey",
    "OpenedLetter",
    "Outcome",
    "Permission",
    "Piece",
    "Policies",
    "Present",
    "Problem",
    "PromoteWaiting",
    "Promotion",
    "PullFacts",
    "QueueOrder",
    "ReadHistory",
    "ReadSeats",
    "Refusal",
    "ReplayFacts",
    "RestoreEvent",
    "Retried",
    "RetryDeadLetters",
    "Revision",
    "Role",
    "RollBackEvent",
    "Scope",
    "ScopeKind",
    "SealedList",
    "Seats",
    "SendTest",
    "SetRsvp",
    "SetRsvpFor",
    "Sharing",
    "Side",
    "Signup",
    "Stage",
    "Standing",
    "State",
    "Status",
    "Subscribed",
    "Subscription",
    "SubscriptionList",
    "SumUp",
    "Summary",
    "TakeDownEvent",
    "Tally",
    "TenantId",
    "Terms",
    "TimeWindow",
    "UndoAttendance",
    "UpdateEvent",
    "UpdateSubscription",
    "UserId",
    "Verdict",
    "Version",
    "Via",
    "Viewer",
    "Visibility",
    "Waitlist",
    "WithdrawRsvp",
    "authorize",
    "check_in",
    "compare_versions",
    "create_event",
    "create_events",
    "create_subscription",
    "delete_event",
    "delete_subscription",
    "describe_me",
    "erase_person",
    "explain_event",
    "export_audit",
    "export_person",
    "get_dead_letter",
    "get_event",
    "get_numbers",
    "get_pass",
    "get_subscription",
    "give_role",
    "let_time_pass",
    "list_answers",
    "list_attendance",
    "list_dead_letters",
    "list_deliveries",
    "list_events",
    "list_expected",
    "list_subscriptions",
    "mark_attendance",
    "mark_many",
    "move_event",
    "promote_waiting",
    "pull_facts",
    "read_audit",
    "read_history",
    "read_roles",
    "read_seats",
    "read_version",
    "replay_facts",
    "restore_event",
    "retry_dead_letters",
    "roll_back_event",
    "rotate_secret",
    "send_test",
    "set_rsvp",
    "set_rsvp_for",
    "sum_up",
    "take_down_event",
    "take_role",
    "undo_attendance",
    "update_event",
    "update_subscription",
    "verify_audit",
    "withdraw_rsvp",
]

#: Where each name is at home.
_HOMES = {
    name: f"{__name__}.{home}"
    for home, names in {
        "domain.actors": "Actor MasterFlags Via Viewer",
        "domain.answers": "Admission Answer Side Tally",
        "domain.audit": "AuditEntry AuditQuery Deed Outcome",
        "domain.chain": "Finding Head Problem",
        "domain.details": "EventType Geo",
        "domain.doors": "SealedList",
        "domain.explanation": "Explained Explanation",
        "domain.exposure": "Status Visibility",
        "domain.history": "Comparison Version",
        "domain.identity": "EventId MessageId OccurrenceKey Scope "
        "ScopeKind TenantId UserId",
        "domain.listing": "Listing",
        "domain.numbers": "By Counted Line Numbers",
        "domain.passes": "Refusal",
        "domain.permissions": "Action Permission Role",
        "domain.policies": "Policies QueueOrder",
        "domain.revision": "UNSET Revision",
        "domain.roles": "Bearer Grant Sharing",
        "domain.schedule": "TimeWindow",
        "domain.signup": "Signup Waitlist",
        "domain.words": "Edit Piece",
        "ports.outbox": "Kind State",
        "ports.publishing": "Attempt Choice DeadLetter Dispatch FactPage "
        "NewTerms Stage Subscription Terms",
        "usecases.authorize": "authorize",
        "usecases.check_in": "CheckedIn CheckIn check_in",
        "usecases.core": "EventsCore",
        "usecases.create_event": "CreateEvent create_event",
        "usecases.create_events": "CreateEvents create_events",
        "usecases.create_subscription": "CreateSubscription Subscribed "
        "create_subscription",
        "usecases.delete_event": "DeleteEvent delete_event",
        "usecases.delete_subscription": "delete_subscription",
        "usecases.describe_me": "Myself describe_me",
        "usecases.erase_person": "Erasure erase_person",
        "usecases.explain_event": "ExplainEvent explain_event",
        "usecases.export_person": "export_person",
        "usecases.get_dead_letter": "OpenedLetter get_dead_letter",
        "usecases.get_event": "get_event",
        "usecases.get_numbers": "get_numbers",
        "usecases.get_pass": "get_pass",
        "usecases.get_subscription": "get_subscription",
        "usecases.give_role": "GiveRole give_role read_roles take_role",
        "usecases.let_time_pass": "let_time_pass",
        "usecases.list_answers": "Answers ListAnswers list_answers",
        "usecases.list_attendance": "ListAttendance Present list_attendance",
        "usecases.list_dead_letters": "ListDeadLetters list_dead_letters",
        "usecases.list_deliveries": "ListDeliveries list_deliveries",
        "usecases.list_events": "EventList ListEvents list_events",
        "usecases.list_expected": "ListExpected list_expected",
        "usecases.list_subscriptions": "ListSubscriptions SubscriptionList "
        "list_subscriptions",
        "usecases.mark_attendance": "Mark MarkAttendance mark_attendance",
        "usecases.mark_many": "MarkMany mark_many",
        "usecases.move_event": "MoveEvent move_event",
        "usecases.promote_waiting": "PromoteWaiting Promotion promote_waiting",
        "usecases.pull_facts": "PullFacts pull_facts",
        "usecases.read_audit": "export_audit read_audit",
        "usecases.read_history": "History ReadHistory compare_versions "
        "read_history read_version",
        "usecases.read_seats": "ReadSeats Seats read_seats",
        "usecases.replay_facts": "ReplayFacts replay_facts",
        "usecases.restore_event": "RestoreEvent restore_event",
        "usecases.retry_dead_letters": "Retried RetryDeadLetters retry_dead_letters",
        "usecases.roll_back_event": "RollBackEvent roll_back_event",
        "usecases.rotate_secret": "rotate_secret",
        "usecases.send_test": "SendTest send_test",
        "usecases.set_rsvp": "SetRsvp SetRsvpFor Standing set_rsvp set_rsvp_for",
        "usecases.sum_up": "Summary SumUp sum_up",
        "usecases.take_down_event": "TakeDownEvent take_down_event",
        "usecases.undo_attendance": "UndoAttendance undo_attendance",
        "usecases.update_event": "UpdateEvent update_event",
        "usecases.update_subscription": "UpdateSubscription update_subscription",
        "usecases.verify_audit": "Verdict verify_audit",
        "usecases.withdraw_rsvp": "WithdrawRsvp withdraw_rsvp",
    }.items()
    for name in names.split()
}

if not TYPE_CHECKING:  # there the names are known, and no others are to be

    def __getattr__(name: str) -> object:
        """Load what has this name, and keep it."""
        if name not in _HOMES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=sys.modules[__name__])
        value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
        return value


def __dir__() -> list[str]:
    return [*__all__]
