"""Every table, and the constraints that repeat the domain's rules.

A bug in Python must not be able to store nonsense, so what the domain promises of its
values is said again here. The tenant comes first in every key: the schema can be
distributed by tenant as it is. The migrations make these tables; a test proves that
they make exactly these.
"""

from adapters.postgres.tables.answers import (
    attendance,
    attendance_nonce,
    rsvp,
    seat_movement,
    tally,
)
from adapters.postgres.tables.audit import (
    audit_count,
    audit_entry,
    audit_head,
    audit_link,
)
from adapters.postgres.tables.deliveries import (
    attempt,
    dead_letter,
    delivery,
    subscription,
)
from adapters.postgres.tables.events import event, event_role, event_version, occurrence
from adapters.postgres.tables.notices import notice
from adapters.postgres.tables.outbox import outbox
from adapters.postgres.tables.people import membership, role_binding
from adapters.postgres.tables.positions import fact_head, fact_position, sequencer
from adapters.postgres.tables.requests import repeat, signature
from adapters.postgres.tables.scopes import scope
from adapters.postgres.tables.shared import SCHEMA, metadata
from adapters.postgres.tables.tenants import tenant_slug

__all__ = [
    "SCHEMA",
    "attempt",
    "attendance",
    "attendance_nonce",
    "audit_count",
    "audit_entry",
    "audit_head",
    "audit_link",
    "dead_letter",
    "delivery",
    "event",
    "event_role",
    "event_version",
    "fact_head",
    "fact_position",
    "membership",
    "metadata",
    "notice",
    "occurrence",
    "outbox",
    "repeat",
    "role_binding",
    "rsvp",
    "scope",
    "seat_movement",
    "sequencer",
    "signature",
    "subscription",
    "tally",
    "tenant_slug",
]
