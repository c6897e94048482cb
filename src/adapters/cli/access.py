"""`events-core access`: what Access has to know of this service."""

import asyncio
from collections.abc import Mapping

from adapters.cli.environment import settings_from, uuid_argument
from adapters.cli.errors import UsageError
from adapters.portal import create_role, missing_roles, open_neighbour
from adapters.settings import Settings
from events_core import Actor, MasterFlags, TenantId, UserId, Via
from events_core.errors import AccessUnavailable


def seed(
    environ: Mapping[str, str], *, tenant: str, slug: str, user: str, apply: bool
) -> int:
    """Create the roles of the catalogue in Access, or say which are missing.

    ``user`` is who does it: somebody Access lets administer roles. Without ``apply``
    nothing is changed. Again there is nothing left to create.
    """
    settings = settings_from(environ)
    administrator = Actor(
        TenantId(uuid_argument("--tenant", tenant)),
        UserId(uuid_argument("--as", user)),
        MasterFlags(system_admin=True),
        tenant_slug=slug,
        via=Via.CLI,
    )
    try:
        return asyncio.run(_seed(settings, administrator, apply=apply))
    except AccessUnavailable:
        raise UsageError("Access gave no answer, or none to that person") from None


async def _seed(settings: Settings, administrator: Actor, *, apply: bool) -> int:
    if settings.access_url is None or settings.hmac_secret is None:
        raise UsageError("set ACCESS_BASE_URL and BFF_INTERNAL_HMAC_SECRET")
    async with open_neighbour(
        "access", settings.access_url, secret=settings.hmac_secret
    ) as access:
        missing = await missing_roles(access, administrator)
        for name, permissions in missing.items():
            if apply:
                await create_role(access, administrator, name, permissions)
            held = ", ".join(sorted(permissions))
            print(f"{'created' if apply else 'would create'} {name}: {held}")
    if not missing:
        print("Access has every role of this service")
    elif not apply:
        print("nothing was changed; --apply creates them")
    return 0
