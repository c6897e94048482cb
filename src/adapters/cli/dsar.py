"""`events-core dsar`: export or erase what is kept of a person (GDPR, 15 and 17)."""

import asyncio
from collections.abc import Mapping

from attrs import evolve

from adapters.cli.environment import opened_database, settings_from, uuid_argument
from adapters.cli.errors import UsageError
from adapters.compose import DatabaseUrls, open_core
from adapters.http.codec import person, views
from adapters.settings import Directory, Settings
from events_core import (
    Actor,
    MasterFlags,
    TenantId,
    UserId,
    Via,
    erase_person,
    export_person,
)
from events_core.errors import EventsError


def dsar(environ: Mapping[str, str], *, action: str, user: str, tenant: str) -> int:
    """Print as JSON what is kept of a person, or what erasing her touched.

    Both need the database alone. The erasure can be repeated: it then touches
    nothing.
    """
    person_id = UserId(uuid_argument("USER", user))
    # The operator needs nobody's permission; who runs the command is not a person.
    operator = Actor(
        TenantId(uuid_argument("--tenant", tenant)),
        person_id,
        MasterFlags(system_admin=True),
        via=Via.CLI,
    )
    # No neighbour is asked, so none need be set.
    settings = evolve(settings_from(environ), directory=Directory.LOCAL)
    with opened_database(settings) as urls:
        try:
            print(asyncio.run(_dsar(settings, urls, operator, action)))
        except EventsError as error:
            raise UsageError(str(error)) from None
    return 0


async def _dsar(
    settings: Settings, urls: DatabaseUrls, operator: Actor, action: str
) -> str:
    user_id = operator.user_id
    async with open_core(settings, urls) as wired:
        core = wired.core
        if action == "erase":
            erasure = await erase_person(core, operator, user_id)
            shown = person.erasure(erasure, actor=operator, user_id=user_id)
        else:
            data = await export_person(core, operator, user_id)
            now = core.clock.now()
            shown = person.export(
                data, actor=operator, user_id=user_id, exported_at=now
            )
    return views.dump(shown).decode()
