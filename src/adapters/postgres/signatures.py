"""Signatures seen before, remembered in the database: outside the tenants' fence."""

from datetime import datetime

from attrs import define, field
from sqlalchemy import LargeBinary, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.clearing import Broom
from adapters.postgres.database import Database
from adapters.postgres.tables import signature
from adapters.postgres.tables.shared import Instant
from events_core.errors import StoreUnavailable
from events_core.ports.repeats import Signatures

_SIGNATURE = bindparam("seen", type_=LargeBinary)
_NEW = (
    insert(signature)
    .values(
        signature=_SIGNATURE,
        context=bindparam("with", type_=LargeBinary),
        forgotten_at=bindparam("until", type_=Instant),
    )
    .on_conflict_do_nothing()
)
_CONTEXT = select(signature.c.context).where(signature.c.signature == _SIGNATURE)

_TRIES = 5


@define
class PostgresSignatures:
    """``Signatures`` that every process on the database shares."""

    _database: Database
    _broom: Broom = field(init=False, factory=lambda: Broom(signature))

    async def admit(
        self, signature: bytes, context: bytes, *, now: datetime, until: datetime
    ) -> bool:
        """See ``Signatures.admit``."""
        values = {"seen": signature, "with": context, "until": until}
        async with self._database.transaction(None) as transaction:
            for _ in range(_TRIES):
                if (await transaction.run(_NEW, values)).rowcount:
                    await self._broom.sweep(transaction, now)
                    await transaction.commit()
                    return True
                found = await transaction.run(_CONTEXT, {"seen": signature})
                known = found.scalar_one_or_none()
                if known is not None:
                    return bool(known == context)
                # Cleared away between the two statements.
        raise StoreUnavailable


def _satisfies_port(signatures: PostgresSignatures) -> Signatures:
    return signatures
