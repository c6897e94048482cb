"""How values become rows and rows become values: here, and nowhere else.

``*_row`` gives the columns of a row without its tenant, which the transaction adds.
Rows are read by position, in the order of the column lists beside the readers.
"""

from adapters.postgres.rows.answers import (
    ATTENDANCE_COLUMNS,
    MOVEMENT_COLUMNS,
    NOTICE_COLUMNS,
    RSVP_COLUMNS,
    attendance_from,
    attendance_row,
    movement_from,
    movement_row,
    notice_from,
    rsvp_from,
    rsvp_row,
    rsvp_side,
)
from adapters.postgres.rows.audit import (
    AUDIT_COLUMNS,
    COUNT_COLUMNS,
    audit_row,
    counted_from,
    counted_row,
    sealed_from,
)
from adapters.postgres.rows.events import (
    EVENT_COLUMNS,
    GRANT_COLUMNS,
    PERSON,
    event_from,
    event_row,
    exposed_columns,
    grant_from,
    grant_row,
    holder_columns,
    occurrence_row,
)
from adapters.postgres.rows.listings import (
    LISTING_COLUMNS,
    listing_from,
)
from adapters.postgres.rows.members import (
    scope_from,
    scopes_from,
)
from adapters.postgres.rows.record import (
    VERSION_COLUMNS,
    fact_row,
    heading_from,
    told_from,
    version_from,
    version_row,
)
from adapters.postgres.rows.subscriptions import (
    SUBSCRIPTION_COLUMNS,
    changed_columns,
    subscription_from,
    wanted_columns,
)

__all__ = [
    "ATTENDANCE_COLUMNS",
    "AUDIT_COLUMNS",
    "COUNT_COLUMNS",
    "EVENT_COLUMNS",
    "GRANT_COLUMNS",
    "LISTING_COLUMNS",
    "MOVEMENT_COLUMNS",
    "NOTICE_COLUMNS",
    "PERSON",
    "RSVP_COLUMNS",
    "SUBSCRIPTION_COLUMNS",
    "VERSION_COLUMNS",
    "attendance_from",
    "attendance_row",
    "audit_row",
    "changed_columns",
    "counted_from",
    "counted_row",
    "event_from",
    "event_row",
    "exposed_columns",
    "fact_row",
    "grant_from",
    "grant_row",
    "heading_from",
    "holder_columns",
    "listing_from",
    "movement_from",
    "movement_row",
    "notice_from",
    "occurrence_row",
    "rsvp_from",
    "rsvp_row",
    "rsvp_side",
    "scope_from",
    "scopes_from",
    "sealed_from",
    "subscription_from",
    "told_from",
    "version_from",
    "version_row",
    "wanted_columns",
]
