"""How an answer goes out over ASGI, so that no value in it can break a header."""

import re
from collections.abc import Iterable

from adapters.http.edge.arrival import Send
from adapters.http.edge.visit import Visit
from adapters.http.handling import Answer

RawHeaders = list[tuple[bytes, bytes]]

#: On every answer that does not say otherwise itself.
DEFAULT_HEADERS: RawHeaders = [
    (b"cache-control", b"private, no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_BODILESS = frozenset({204, 304})


def raw_headers(answer: Answer) -> RawHeaders:
    """Return the headers of an answer as they travel, without the default ones.

    A control character becomes a space, what Latin-1 has no place for a ``?``.
    """
    headers = [(_raw(name).lower(), _raw(value)) for name, value in answer.headers]
    if answer.status not in _BODILESS:
        headers.append((b"content-length", str(len(answer.body)).encode()))
        if answer.media_type is not None:
            headers.append((b"content-type", _raw(answer.media_type)))
    return headers


def with_defaults(headers: Iterable[tuple[bytes, bytes]], visit: Visit) -> RawHeaders:
    """Return the headers and what every answer has beside them."""
    told = [(name.lower(), value) for name, value in headers]
    names = {name for name, _ in told}
    told += [(name, value) for name, value in DEFAULT_HEADERS if name not in names]
    if visit.echo is not None:
        told.append((b"x-request-id", visit.echo.encode()))
    if visit.must_close:
        told.append((b"connection", b"close"))
    return told


async def send_answer(answer: Answer, send: Send) -> None:
    """Send an answer whole."""
    body = b"" if answer.status in _BODILESS else answer.body
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": raw_headers(answer),
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _raw(text: str) -> bytes:
    return _CONTROLS.sub(" ", text).encode("latin-1", "replace")
