"""What all tables are made of."""

from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    Text,
    Uuid,
)

SCHEMA = "events"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(referred_table_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    },
)

#: Compared byte by byte: the same order as Python's, whatever the database's own.
Bytewise = Text(collation="C")

#: Kept as it was written; nothing looks inside.
OpaqueJson = JSON(none_as_null=True)

Instant = DateTime(timezone=True)


def tenant_id() -> Column[object]:
    """Return the first column of every table and key."""
    return Column("tenant_id", Uuid, primary_key=True)


def event_key() -> tuple[Column[object], ...]:
    """Return the columns that say which event."""
    return tenant_id(), Column("event_id", Uuid, primary_key=True)


def occurrence_key() -> tuple[Column[object], ...]:
    """Return the columns that say which occurrence of which event."""
    return *event_key(), Column("occurrence_key", Bytewise, primary_key=True)


def of_event() -> ForeignKeyConstraint:
    """Return what ties a row to its event, in life and death."""
    names = ["tenant_id", "event_id"]
    return ForeignKeyConstraint(
        names, [f"{SCHEMA}.event.{name}" for name in names], ondelete="CASCADE"
    )


def of_occurrence() -> ForeignKeyConstraint:
    """Return what ties a row to its occurrence, in life and death."""
    names = ["tenant_id", "event_id", "occurrence_key"]
    return ForeignKeyConstraint(
        names, [f"{SCHEMA}.occurrence.{name}" for name in names], ondelete="CASCADE"
    )


def one_of(column: str, members: type[StrEnum]) -> CheckConstraint:
    """Return the rule that a column holds a member's value."""
    values = ", ".join(f"'{member.value}'" for member in members)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def rule(name: str, condition: str) -> CheckConstraint:
    """Return a rule that every row keeps."""
    return CheckConstraint(condition, name=name)
