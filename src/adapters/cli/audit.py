"""`events-core audit`: verify the trail of a tenant, or export it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from attrs import evolve

from adapters.cli.environment import opened_database, settings_from, uuid_argument
from adapters.cli.errors import UsageError
from adapters.cli.event import NOBODY
from adapters.compose import open_core
from adapters.http.codec import audit as codec
from adapters.http.codec import views
from adapters.settings import Directory
from events_core import (
    Actor,
    EventsCore,
    TenantId,
    Via,
    export_audit,
    verify_audit,
)
from events_core.domain.chain import BEGINNING
from events_core.errors import EventsError

#: How many links are held at once.
_EACH = 1_000


def verify(environ: Mapping[str, str], *, tenant: str, known: Sequence[str]) -> int:
    """Look at the whole trail; return 1 where something is wrong with it.

    ``known`` are heads that were noted down before. Prints what is wrong and where,
    and the head to be noted down now.
    """
    noted = dict(map(_noted, known))

    async def look(core: EventsCore, operator: Actor) -> int:
        verdict = await verify_audit(core, operator, noted)
        for finding in verdict.findings:
            place = "-" if finding.position is None else finding.position
            print(f"{place} {finding.problem.value}")
        if verdict.waiting:
            print(f"waiting {verdict.waiting}")
        print(f"head {verdict.head.position}:{verdict.head.hash.hex()}")
        return 1 if verdict.findings else 0

    return _run(environ, tenant, look)


def export(environ: Mapping[str, str], *, tenant: str, after: str) -> int:
    """Print every link that follows a position as a line of JSON."""
    begin = _position("--after", after)

    async def write(core: EventsCore, operator: Actor) -> int:
        place = begin
        while links := await export_audit(core, operator, after=place, limit=_EACH):
            for link in links:
                print(views.dump(codec.link(link)).decode())
            place = links[-1].position
        return 0

    return _run(environ, tenant, write)


def _run(
    environ: Mapping[str, str],
    tenant: str,
    work: Callable[[EventsCore, Actor], Awaitable[int]],
) -> int:
    tenant_id = TenantId(uuid_argument("--tenant", tenant))
    operator = Actor(tenant_id, NOBODY, via=Via.CLI)
    # No neighbour is asked, so none need be set.
    settings = evolve(settings_from(environ), directory=Directory.LOCAL)

    async def done() -> int:
        async with open_core(settings, urls) as wired:
            return await work(wired.core, operator)

    with opened_database(settings) as urls:
        try:
            return asyncio.run(done())
        except EventsError as error:
            raise UsageError(str(error)) from None


def _noted(text: str) -> tuple[int, bytes]:
    position, _, digits = text.partition(":")
    try:
        digest = bytes.fromhex(digits)
    except ValueError:
        digest = b""
    if len(digest) != len(BEGINNING):
        raise UsageError(f"--known must be POSITION:HASH, not {text!r}")
    return _position("--known", position), digest


def _position(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise UsageError(f"{name} must be a position, not {text!r}")
    return int(text)
