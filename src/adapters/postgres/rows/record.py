"""Versions and facts, as rows."""

import json
import logging
from typing import Any, Protocol

from adapters.postgres.rows.members import Row, Values
from adapters.postgres.tables import event_version
from adapters.tracing import Trace
from events_core.domain.actors import Via
from events_core.domain.change import Cause
from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.facts import EventFact, Fact, SubscriptionFact
from events_core.domain.history import Version
from events_core.domain.identity import Scope, ScopeKind, UserId
from events_core.domain.publication import (
    AnyHeading,
    Heading,
    SubscriptionHeading,
    Told,
)
from events_core.wire import published_text, told_text

_log = logging.getLogger(__name__)


def version_row(version: Version) -> Values:
    """Return the row of an event's version."""
    return {
        "event_id": version.event_id,
        "version": version.number,
        "made_by": version.cause.by,
        "made_at": version.cause.at,
        "via": version.cause.via.value,
        "reason": version.cause.reason,
        "changes": version.changes,
        "snapshot": version.snapshot,
    }


class Named(Protocol):
    """A row of either driver, its columns by name."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 (of any type)
        """Return a column's value."""
        ...


VERSION_COLUMNS = tuple(
    column for column in event_version.c if column.name != "tenant_id"
)


def version_from(row: Row) -> Version:
    """Return the version of a row of ``VERSION_COLUMNS``."""
    event_id, number, made_by, made_at, via, reason, changes, snapshot = row
    return Version(
        event_id=event_id,
        number=number,
        cause=Cause(made_by, made_at, Via(via), reason),
        changes={name: (old, new) for name, (old, new) in changes.items()},
        snapshot=snapshot,
    )


def fact_row(fact: Fact, trace: Trace | None = None) -> Values:
    """Return the row of a fact: its text as it will be sent, and who may get it.

    Of a fact of a subscription it has only what is not null by itself.
    """
    return {
        "message_id": fact.message_id,
        **_whose(fact),
        "event_type": fact.event_type,
        "schema_version": fact.schema_version,
        "occurred_at": fact.occurred_at,
        "scope_kind": fact.scope.kind.value,
        "scope_id": fact.scope.id,
        "personal": fact.about is not None,
        "payload": published_text(fact),
        "traceparent": trace.parent if trace else None,
        "tracestate": trace.state or None if trace else None,
    }


def _whose(fact: Fact) -> Values:
    """Return what is stored of the event or the subscription that a fact is about."""
    if isinstance(fact, SubscriptionFact):
        return {"subscription_id": fact.subscription_id}
    assert isinstance(fact, EventFact)
    before = fact.exposed_before
    return {
        "event_id": fact.event_id,
        "event_version": fact.event_version,
        "visibility": fact.visibility.value,
        "status": fact.status.value,
        "deleted": fact.deleted,
        "visibility_before": before.visibility.value if before else None,
        "status_before": before.status.value if before else None,
        "deleted_before": before.deleted if before else None,
        "about": fact.about,
        "done_by": _done_by(fact),
    }


def heading_from(row: Named) -> AnyHeading:
    """Return what of a stored fact decides who is told."""
    if row["subscription_id"] is not None:
        return SubscriptionHeading(
            tenant_id=row["tenant_id"],
            event_type=row["event_type"],
            subscription_id=row["subscription_id"],
        )
    before = row["visibility_before"]
    return Heading(
        tenant_id=row["tenant_id"],
        event_type=row["event_type"],
        scope=Scope(ScopeKind(row["scope_kind"]), row["scope_id"]),
        exposure=Exposure(
            Visibility(row["visibility"]), Status(row["status"]), row["deleted"]
        ),
        exposed_before=None
        if before is None
        else Exposure(
            Visibility(before),
            Status(row["status_before"]),
            row["deleted_before"] or False,
        ),
        is_personal=row["personal"],
    )


def told_from(row: Named, told: Told, position: int) -> str | None:
    """Return the text of a stored fact as it is told; None where it cannot be.

    ``snapshot`` is the JSON text of the event after the change and ``creator`` who
    made it; they are looked at only for what is told as created. What is stored and
    cannot be read keeps nothing else from being told.
    """
    snapshot, creator = row["snapshot"], row["creator"]
    if told is Told.CREATED and snapshot is None:
        return None
    try:
        text = told_text(
            row["payload"],
            told,
            position,
            snapshot=None if snapshot is None else json.loads(snapshot),
            created_by=None if creator is None else str(creator),
        )
        text.encode()
    except (ValueError, LookupError, TypeError, RecursionError):
        _log.exception("the fact %s cannot be told", row["message_id"])
        return None
    return text


def _done_by(fact: Fact) -> UserId | None:
    names = ("created_by", "marked_by", "by")
    return next((by for name in names if (by := getattr(fact, name, None))), None)
