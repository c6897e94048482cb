"""What is known of one request so far, for its answer, its log line and its counts."""

import re
from ipaddress import ip_address
from typing import Any

from attrs import define
from starlette.requests import Request

from adapters.http.edge.arrival import Scope, as_text
from adapters.tracing import Trace
from events_core.ports.clock import IdSource

_KEY = "events_core.visit"
#: A request with one of these came through a proxy, whoever it says it is from.
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")

_ECHOED = re.compile(r"[\x21-\x7e]{1,200}")


@define
class Visit:
    """One request on its way through the layers, each of which knows more of it.

    ``request_id`` is the caller's; where she sent none, one of ours. ``trace`` is hers,
    too, if she sent one that can be read. ``route`` is the template of the path.
    """

    method: str
    request_id: str
    accepts_problems: bool
    trace: Trace | None = None
    route: str | None = None
    operation: str = "unknown"
    status: int = 0
    code: str | None = None
    replayed: bool = False
    must_close: bool = False

    @classmethod
    def begin(cls, scope: Scope, ids: IdSource) -> "Visit":
        """Begin with what an ASGI scope tells, and leave the visit in it."""
        accept, request_id = b"", b""
        parent, state = b"", b""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept += b"," + value
            elif name == b"x-request-id":
                request_id += (b", " if request_id else b"") + value
            elif name == b"traceparent":
                parent += (b"," if parent else b"") + value
            elif name == b"tracestate":
                state += b"," + value
        visit = cls(
            method=scope["method"],
            request_id=as_text(request_id) or str(ids.new()),
            accepts_problems=accepts_problems(accept),
            trace=Trace.read(as_text(parent), as_text(state)),
        )
        scope[_KEY] = visit
        return visit

    @classmethod
    def of(cls, scope: Scope) -> "Visit":
        """Return the visit that was begun with this scope."""
        visit: Any = scope[_KEY]
        assert isinstance(visit, cls)
        return visit

    @property
    def echo(self) -> str | None:
        """The request id where it can stand in a header of the answer."""
        return self.request_id if _ECHOED.fullmatch(self.request_id) else None


def accepts_problems(accept: bytes) -> bool:
    """Tell whether an Accept header asks for ``application/problem+json`` by name.

    ``*/*`` does not: who has not heard of the media type is given plain JSON.
    """
    for offer in accept.lower().split(b","):
        media_type, *parameters = (part.strip() for part in offer.split(b";"))
        if media_type == b"application/problem+json":
            return not any(re.fullmatch(rb"q=0(\.0*)?", p) for p in parameters)
    return False


def is_local(request: Request) -> bool:
    """Tell whether the caller is on this machine, and no proxy for somebody else."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
