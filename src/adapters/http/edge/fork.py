"""Where the few pages that need no signature part from all else there is."""

from collections.abc import Iterable

from starlette.routing import Route

from adapters.http.edge.arrival import Receive, Scope, Send
from adapters.http.edge.outermost import Application


class Fork:
    """ASGI middleware that has all but the open paths answered as signed requests.

    So what is asked most passes no table of what is hardly asked. Open routes have no
    parameters: a path is one of theirs, or not.
    """

    def __init__(
        self, app: Application, *, signed: Application, open_routes: Iterable[Route]
    ) -> None:
        self._app = app
        self._signed = signed
        self._open = frozenset(route.path for route in open_routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, one way or the other."""
        is_open = scope["type"] != "http" or scope["path"] in self._open
        await (self._app if is_open else self._signed)(scope, receive, send)
