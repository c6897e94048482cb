"""`events-core serve`: the service, until it is told to end."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from attrs import evolve

from adapters.cli.demo_place import demo_secret
from adapters.cli.environment import settings_from
from adapters.cli.errors import UsageError
from adapters.settings import Directory, Settings, unknown_names


def serve(
    environ: Mapping[str, str], *, demo: bool, host: str | None, port: str | None
) -> int:
    """Run the service until SIGTERM or SIGINT.

    With ``demo`` memberships and roles are the service's own, requests are signed
    with a secret made for it, and a tenant is full of people and events.
    """
    given = {"EVENTS_HOST": host, "EVENTS_PORT": port}
    overridden = {name: value for name, value in given.items() if value is not None}
    settings = settings_from({**environ, **overridden})
    if demo:
        secret = settings.hmac_secret or demo_secret(settings.data_dir).encode()
        settings = evolve(settings, directory=Directory.LOCAL, hmac_secret=secret)
    _check_complete(settings)
    # All else is loaded only now: who forgot a setting is told so at once.
    with _uncollected():
        from adapters.cli.serving import load_all, say, serve_until_told

        load_all(settings)

    for name in unknown_names(environ):
        say(f"{name} is no setting of this service: misspelt?")
    serve_until_told(settings, demo=demo)
    return 0


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector away from what is loaded: it is all here to stay.

    It would come back again and again, for a seventh of the time that loading takes.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _check_complete(settings: Settings) -> None:
    needed: dict[str, object] = {"BFF_INTERNAL_HMAC_SECRET": settings.hmac_secret}
    if settings.directory is Directory.REMOTE:
        needed["ACCESS_BASE_URL"] = settings.access_url
        needed["PORTAL_BASE_URL"] = settings.portal_url
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise UsageError(
            f"set {', '.join(missing)}; to look around, `events-core serve --demo`"
        )
