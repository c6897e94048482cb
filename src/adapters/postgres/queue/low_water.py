"""How far a subscriber's deliveries are over: where one that is due can be, at most.

What is over leaves dead rows in front of the index, for as long as anybody's snapshot
could still see them. Who claims need not pass over them again each time.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from attrs import define, field

if TYPE_CHECKING:
    from adapters.postgres.queue.pool import Connection

Mark: TypeAlias = tuple[datetime, int]

_ANEW_EVERY = 10.0  # seconds

# Nothing comes below: who lays out holds the subscription's row, so that whatever is
# laid out later is due later than `laid_out_at`; and what is tried again is due later
# than now.
_LOWEST = """
    SELECT subscription_id, lowest.next_at, lowest.place
    FROM events.subscription
    LEFT JOIN unnest($1::uuid[], $2::timestamptz[], $3::bigint[])
        AS low (subscription_id, next_at, place) USING (subscription_id)
    CROSS JOIN LATERAL (
        SELECT next_at, place FROM (
            (SELECT next_at, place FROM events.delivery
             WHERE delivery.subscription_id = subscription.subscription_id
                AND (delivery.next_at, delivery.place)
                    >= (coalesce(low.next_at, '-infinity'), coalesce(low.place, 0))
             ORDER BY next_at, place LIMIT 1)
            UNION ALL SELECT laid_out_at, 0
        ) AS each ORDER BY next_at, place LIMIT 1
    ) AS lowest
    WHERE state = 'active'
"""


@define
class LowWater:
    """What one relay knows of it, at most ``every`` so many seconds old in use.

    From time to time it is looked for anew: what an operator sends again, or a clock
    that is set back, can bring something below what was lowest, and that waits so long.
    """

    every: float = 1.0
    _marks: Mapping[UUID, Mark] = field(factory=dict, init=False)
    _looked_at: float = field(default=0.0, init=False)
    _anew_at: float = field(default=0.0, init=False)

    def known(self) -> tuple[Sequence[UUID], Sequence[datetime], Sequence[int]]:
        """Return whose marks are known, and what they are."""
        if time.monotonic() > self._anew_at:
            self._marks = {}
        marks = self._marks.values()
        return [*self._marks], [at for at, _ in marks], [place for _, place in marks]

    async def look(self, connection: "Connection") -> None:
        """Look how far it is, if it is time to."""
        now = time.monotonic()
        if now < self._looked_at + self.every:
            return
        known = self.known()
        if not self._marks:
            self._anew_at = now + _ANEW_EVERY
        rows = await connection.fetch(_LOWEST, *known)
        self._marks = {row[0]: (row[1], row[2]) for row in rows}
        self._looked_at = now
