import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.portal.client import open_neighbour
from events_core.domain.actors import Actor
from tests.neighbours import Portal
from tests.unit.adapters.portal.conftest import SECRET

#: A certificate for 127.0.0.1 that nobody trusts, and its key, worth nothing.
CERTIFICATE = Path(__file__).with_name("loopback.pem")

ASK = """
import asyncio, sys
from uuid import UUID
from adapters.portal.client import open_neighbour
from events_core.domain.actors import Actor

async def ask():
    actor = Actor(UUID(int=1), UUID(int=2), tenant_slug="guild", request_id="r")
    async with open_neighbour(
        "portal", sys.argv[1], secret=sys.argv[2].encode(), call_seconds=10
    ) as neighbour:
        return await neighbour.ask(
            actor, "GET", "/x", understand=lambda status, content: status
        )

print(asyncio.run(ask()))
"""


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal(SECRET)
    portal.use_tls(CERTIFICATE)
    with portal:
        yield portal
    assert portal.crashes == []


async def test_a_certificate_nobody_trusts_gets_no_question(
    portal: Portal, actor: Actor
) -> None:
    async with open_neighbour("portal", portal.url, secret=SECRET) as neighbour:
        told = await neighbour.ask(actor, "GET", "/x", understand=lambda s, _: s)
    assert told is None
    assert portal.calls == []


async def test_what_the_system_trusts_is_trusted(portal: Portal) -> None:
    asked = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", ASK, portal.url, SECRET.decode()],
        env=os.environ | {"SSL_CERT_FILE": str(CERTIFICATE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert asked.stdout == "404\n", asked.stderr
    assert len(portal.calls) == 1
