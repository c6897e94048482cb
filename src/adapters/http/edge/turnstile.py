"""How often those may ask whom nobody vouches for: so often from one address."""

import asyncio
from collections import OrderedDict

from attrs import define, field, frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Match

from adapters.http.edge.arrival import Receive, Scope, Send
from adapters.http.edge.visit import is_local
from adapters.http.errors import RateLimited

#: How many addresses are remembered; of more those that asked last.
MOST_ADDRESSES = 10_000

# In seconds: a third of one has no end in binary, and nobody waits for what is lost.
_HAIR = 1e-6


@define
class Turnstile:
    """Lets each address pass ``burst`` times at once, and then so often ``a_second``.

    Of an address its next free moment is all that is remembered. Who asks from this
    machine always passes.
    """

    a_second: float
    burst: int
    _free_at: OrderedDict[str, float] = field(factory=OrderedDict, init=False)

    def take(self, address: str, now: float) -> None:
        """Let somebody pass at ``now``, which is in seconds and never goes back.

        Raises:
            RateLimited: it is too soon; that does not make her wait any longer.
        """
        each = 1 / self.a_second
        free_at = max(self._free_at.get(address, now), now)
        too_soon = free_at - now - (self.burst - 1) * each
        if too_soon > _HAIR:
            raise RateLimited(too_soon)
        self._free_at[address] = free_at + each
        self._free_at.move_to_end(address)
        if len(self._free_at) > MOST_ADDRESSES:
            self._free_at.popitem(last=False)


@frozen(eq=False)
class OpenRoute(BaseRoute):
    """A route that needs no signature, behind a turnstile."""

    _route: BaseRoute
    _turnstile: Turnstile

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match what the route itself does."""
        match, found = self._route.matches(scope)
        return match, found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless it is too soon.

        Raises:
            RateLimited: it is.
        """
        request = Request(scope)
        if not is_local(request):
            address = request.client.host if request.client else ""
            self._turnstile.take(address, asyncio.get_running_loop().time())
        await self._route.handle(scope, receive, send)
