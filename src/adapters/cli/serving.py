"""The service at work: everything that `events-core serve` opens, and closes again."""

import asyncio
import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any

import events_core
from adapters.cli.demo import fill
from adapters.cli.demo_place import DemoPlace
from adapters.cli.demo_world import CHESS_IN_THE_PARK, PEOPLE, TENANT_ID, TENANT_SLUG
from adapters.cli.environment import check_sight, opened_database
from adapters.cli.errors import UsageError
from adapters.compose import FOR_REQUESTS, DatabaseUrls, open_core, serve_core
from adapters.http.logs import configure_logging
from adapters.http.server import bind, run
from adapters.outbox.counts import Counts
from adapters.postgres import migrate
from adapters.settings import Settings

#: New objects before the young ones are looked through; and how many times that is
#: done before older ones are.
_COLLECTED_AFTER = (20_000, 10, 10)


def load_all(settings: Settings) -> None:
    """Load what else there is to use with these settings: at a request it is late."""
    for name in events_core.__all__:
        getattr(events_core, name)
    if settings.relay:
        import adapters.relaying  # noqa: F401


def serve_until_told(settings: Settings, *, demo: bool) -> None:
    """Serve with settings that suffice, until SIGTERM or SIGINT.

    Raises:
        UsageError: the address or the database cannot be had; one line says why.
    """
    configure_logging(level=settings.log_level.upper(), secrets=settings.secrets)
    listener = bound(settings.host, settings.port)
    with (
        _at_sigterm(_unwind),  # in good order, before requests are taken and after
        listener,
        opened_database(settings) as urls,
        suppress(asyncio.CancelledError),  # told to end while it started
    ):
        run(_cancelled_by_sigterm(_serve(settings, urls, listener, demo=demo)))


def bound(host: str, port: int) -> socket.socket:
    """Return a socket on the address.

    Raises:
        UsageError: it cannot be had; one line says why.
    """
    try:
        return bind(host, port)
    except OSError as error:
        place = f"{host}:{port}"
        raise UsageError(f"cannot listen on {place}: {error.strerror}") from None


def say(text: str) -> None:
    """Tell whoever started us."""
    print(f"events-core: {text}", file=sys.stderr, flush=True)


@contextmanager
def _at_sigterm(do: Callable[[], object]) -> Iterator[None]:
    """Have SIGTERM do this while the block runs; only a main thread hears signals."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        do()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _unwind() -> None:
    raise SystemExit(0)


async def _cancelled_by_sigterm(serving: Coroutine[Any, Any, None]) -> None:
    """Cancel it at SIGTERM, where whoever serves does not hear that herself.

    What a signal's handler raises while a loop runs ends up in whatever that is about
    just then, which may pass over it.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    with _at_sigterm(partial(loop.call_soon_threadsafe, task.cancel)):
        await serving


async def _serve(
    settings: Settings, urls: DatabaseUrls, listener: socket.socket, *, demo: bool
) -> None:
    if urls.owner is not None:
        await migrate(urls.owner)
    if settings.relay and urls.relay is not None:
        await check_sight(urls.relay)
    async with open_core(settings, urls, patience=FOR_REQUESTS) as wired:
        url = address_of(listener)
        listener.listen()  # Who is told where it is finds it, if she waits a moment.
        if demo:
            seen = await fill(wired.core, wired.directory)
            _welcome(settings, url, seen)
        else:
            say(f"serving on {url}")
        async with AsyncExitStack() as stack:
            if settings.relay and urls.relay is not None:
                from adapters.relaying import relay_beside

                counts = Counts()
                wired.metrics.watch(counts.readings, as_json=True)
                await stack.enter_async_context(
                    relay_beside(settings, urls.relay, wired.tracer, counts)
                )
            elif settings.relay:
                say("facts are not delivered here: EVENTS_DATABASE_RELAY_URL is unset")
            _settle()
            await serve_core(wired, settings, listener)


def _settle() -> None:
    """Have the collector pass over what is here to stay, and come less often.

    A page makes some thousand objects that nothing of it outlives, and by default
    everything the service consists of is looked through for each few pages.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)


def address_of(listener: socket.socket) -> str:
    """Return where somebody on this machine reaches what listens there."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (any)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _welcome(settings: Settings, url: str, seen: int) -> None:
    assert settings.hmac_secret is not None
    place = DemoPlace(
        url,
        settings.hmac_secret.decode(),
        str(TENANT_ID),
        TENANT_SLUG,
        {name: str(user_id) for name, user_id in PEOPLE.items()},
    )
    place.write(settings.data_dir)
    say(
        f"""the demo is at {url}; how to read it is at {url}/docs
Anna sees {seen} events in the coming weeks. From another terminal:

  ./dev call GET '/events?limit=3'
  ./dev call POST /events/{CHESS_IN_THE_PARK}/rsvp --data '{{"status": "going"}}'
  ./dev call GET '/events?rsvp=going' --as boris

Without --as it is Anna who asks. The others: {", ".join(list(PEOPLE)[1:])}."""
    )
