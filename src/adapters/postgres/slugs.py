"""What tenants are called: for calls to neighbours that come from no request."""

from attrs import define, field
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.database import Database
from adapters.postgres.tables import tenant_slug
from adapters.signing import header_value
from events_core.domain.actors import Actor
from events_core.domain.identity import TenantId

#: In characters, as it stands in a header. A longer one is not kept.
LONGEST = 255

_MOST_KNOWN = 10_000

_KEEP = insert(tenant_slug)
_KEEP = _KEEP.on_conflict_do_update(
    constraint=tenant_slug.primary_key,
    set_={"slug": _KEEP.excluded.slug},
    where=tenant_slug.c.slug != _KEEP.excluded.slug,
)


@define
class PostgresSlugs:
    """Keeps what each tenant was last called by whoever asked in it."""

    _database: Database
    _known: dict[TenantId, str] = field(factory=dict, init=False)

    async def hear(self, actor: Actor) -> None:
        """Keep what her tenant is called, where that is news to this process.

        Raises:
            StoreUnavailable: it cannot be kept.
        """
        slug = header_value(actor.tenant_slug)
        if not 1 <= len(slug) <= LONGEST or self._known.get(actor.tenant_id) == slug:
            return
        async with self._database.transaction(actor.tenant_id) as transaction:
            await transaction.write(_KEEP, [{"slug": slug}])
            await transaction.commit()
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[actor.tenant_id] = slug
