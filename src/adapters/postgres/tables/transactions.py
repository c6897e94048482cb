"""Which transaction wrote a row, and which had ended when one looked (ADR 11)."""

from sqlalchemy import BigInteger, Column, Identity, Index, text
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction ids, which never come round again."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the name of the type."""
        return "XID8"


class PgSnapshot(UserDefinedType[str]):
    """Which transactions had ended when one looked."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the name of the type."""
        return "PG_SNAPSHOT"


def seq() -> Column[object]:
    """Return the order of writing, which is not that of becoming visible."""
    return Column("seq", BigInteger, Identity(always=True), primary_key=True)


def xid() -> Column[object]:
    """Return who wrote it: by that a reader knows what became visible since she looked.

    Neither this nor ``seq`` alone is a safe place to read on from.
    """
    now = text("pg_current_xact_id()")
    return Column("xid", Xid8, nullable=False, server_default=now)


def to_read_on_from() -> Index:
    """Return the index of who reads what became visible since she looked."""
    return Index(None, "xid", "seq")
