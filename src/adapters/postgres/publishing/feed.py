"""A tenant's facts, for who fetches them: in the order of their positions."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from attrs import frozen
from sqlalchemy import text

from adapters.postgres.database import Database
from adapters.postgres.rows import heading_from, told_from
from adapters.postgres.transaction import Transaction
from events_core.domain.identity import TenantId
from events_core.domain.publication import Audience, Told, told_as
from events_core.errors import FactsGone
from events_core.ports.publishing import FactFeed, FactPage, FeedPlace

#: How many facts are looked through at once, told or not.
PORTION = 1000

# Positions are committed in their order: below the head there is nothing to come.
_HEAD = text("""
    SELECT position, cleared, (
        SELECT message_id FROM events.fact_position
        JOIN events.outbox USING (tenant_id, seq)
        WHERE tenant_id = :of_tenant AND fact_position.position = :after
    ) AS read_last
    FROM events.fact_head WHERE tenant_id = :of_tenant
""")
_HEADINGS = text("""
    SELECT outbox.tenant_id, position, seq, message_id, event_type, scope_kind,
        scope_id, visibility, status, deleted, visibility_before, status_before,
        deleted_before, personal, subscription_id
    FROM events.fact_position JOIN events.outbox USING (tenant_id, seq)
    WHERE tenant_id = :of_tenant AND position > :after AND position <= :head
    ORDER BY position LIMIT :portion
""")
_TEXTS = text("""
    SELECT outbox.seq, outbox.message_id, outbox.payload,
        CAST(event_version.snapshot AS text) AS snapshot,
        event.created_by AS creator
    FROM unnest(CAST(:seqs AS bigint[]), CAST(:told AS text[])) AS wanted (seq, told)
    JOIN events.outbox ON outbox.tenant_id = :of_tenant AND outbox.seq = wanted.seq
    LEFT JOIN events.event_version ON wanted.told = 'created'
        AND event_version.tenant_id = outbox.tenant_id
        AND event_version.event_id = outbox.event_id
        AND event_version.version = outbox.event_version
    LEFT JOIN events.event ON wanted.told = 'created'
        AND event.tenant_id = outbox.tenant_id AND event.event_id = outbox.event_id
""")


@frozen
class Wanted:
    """A stored fact, and as what it is told."""

    seq: int
    told: Told
    position: int


async def texts_of(
    transaction: Transaction, wanted: Sequence[Wanted]
) -> Mapping[int, str]:
    """Return the texts of facts as they are told, by ``seq``; those that can be."""
    rows = await transaction.run(
        _TEXTS,
        {
            "seqs": [one.seq for one in wanted],
            "told": [one.told.value for one in wanted],
        },
    )
    found = {row["seq"]: row for row in rows}
    return {
        one.seq: text
        for one in wanted
        if one.seq in found
        and (text := told_from(found[one.seq], one.told, one.position)) is not None
    }


@frozen
class PostgresFactFeed:
    """``FactFeed`` of one tenant."""

    _database: Database
    _tenant_id: TenantId

    async def read(
        self, audience: Audience, *, after: FeedPlace | None, limit: int
    ) -> FactPage:
        """See ``FactFeed.read``. Three statements, however many facts there are."""
        async with self._database.transaction(self._tenant_id) as transaction:
            before = {"after": after.position if after else 0}
            found = (await transaction.run(_HEAD, before)).one_or_none()
            head, cleared = (found.position, found.cleared) if found else (0, 0)
            place = after or FeedPlace(0, cleared)
            _check_it_is_there(place, head, found.read_last if found else None)
            asked = {"after": place.position, "head": head, "portion": PORTION}
            rows = (await transaction.run(_HEADINGS, asked)).all()
            last, mark, wanted = place.position, place.mark, list[Wanted]()
            for row in rows:
                if len(wanted) == limit:
                    break
                _check_none_is_gone(last, row["position"], place)
                last, mark = row["position"], FeedPlace.mark_of(row["message_id"])
                told = told_as(heading_from(row), audience)
                if told is not None:
                    wanted.append(Wanted(row["seq"], told, last))
            else:
                if len(rows) < PORTION and last < head:
                    _check_none_is_gone(last, head + 1, place)
                    last, mark = head, 0
            texts = await texts_of(transaction, wanted)
        return FactPage(
            texts=[texts[one.seq] for one in wanted if one.seq in texts],
            place=FeedPlace(last, place.gone, mark),
            more=last < head,
        )


def _check_it_is_there(place: FeedPlace, head: int, read_last: UUID | None) -> None:
    # What was cleared away since cannot be told from anything.
    is_other = place.mark and read_last and FeedPlace.mark_of(read_last) != place.mark
    if place.position > head or is_other:
        raise FactsGone


def _check_none_is_gone(last: int, following: int, place: FeedPlace) -> None:
    # Positions have no gaps, so what is missing in between has been cleared away.
    if following > last + 1 and following - 1 > place.gone:
        raise FactsGone


def _satisfies_port(feed: PostgresFactFeed) -> FactFeed:
    return feed
