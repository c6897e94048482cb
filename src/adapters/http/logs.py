"""Logs: one JSON object a line, of our own and of everything that uses ``logging``.

On every line written while a request is at work are its id, tenant and user, and the
id of the trace it belongs to, which a delivery's lines have, too. On none
is a secret, a body, a query or anything a person wrote: keys that name such things
are dropped, known secrets are struck out, and of an exception only its type and its
place in the code are told, since its message may quote anything.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, BinaryIO

import orjson
import structlog

from adapters.tracing import current

EventDict = MutableMapping[str, Any]

#: Keys whose value goes into no log, at any depth.
SECRET_KEYS = frozenset(
    {
        "authorization",
        "body",
        "comment",
        "cookie",
        "description",
        "email",
        "headers",
        "location_text",
        "master_flags",
        "password",
        "query",
        "query_string",
        "secret",
        "secrets",
        "set_cookie",
        "signature",
        "title",
        "token",
        "url",
    }
)

#: How much of one text is written, in characters.
LONGEST_TEXT = 1024

DEEPEST = 6
FRAMES = 12

_STRUCK = "[struck out]"


def configure_logging(
    *,
    level: str = "INFO",
    secrets: Iterable[bytes] = (),
    stream: BinaryIO | None = None,
) -> None:
    """Send all logs of this process to one stream (stderr) as JSON lines.

    ``secrets`` are struck out wherever they appear. May be called again; the last
    call counts.

    Raises:
        ValueError: there is no such level.
    """
    threshold = logging.getLevelNamesMapping().get(level.upper())
    if threshold is None:
        raise ValueError(f"{level} is no log level")
    sink = structlog.BytesLogger(stream or sys.stderr.buffer)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            tell_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_exceptions,
            Redaction(secrets),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: sink,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=threshold, handlers=[IntoStructlog()], force=True)
    for chatty in ("httpcore", "httpx", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(own).handlers.clear()
        logging.getLogger(own).propagate = True


class IntoStructlog(logging.Handler):
    """Passes what is logged through ``logging`` on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            structlog.get_logger().log(
                record.levelno,
                record.getMessage().strip(),
                logger=record.name,
                exc_info=record.exc_info,
            )
        except Exception:  # noqa: BLE001 - a log line must not break what it tells of
            self.handleError(record)


def tell_trace(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the trace that runs now, if one does."""
    trace = current()
    if trace is not None:
        event["trace_id"] = trace.trace_id
    return event


def tell_exceptions(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Put an exception's type and place in the code instead of the exception."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    if isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event["exception"] = list(_told(raised))
    return event


def _told(raised: BaseException) -> Iterable[Mapping[str, Any]]:
    seen: set[int] = set()
    error: BaseException | None = raised
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        yield {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            "at": [f"{f.filename}:{f.lineno} {f.name}" for f in frames],
        }
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _told(member)
        error = error.__cause__ or error.__context__


class Redaction:
    """Drops what goes into no log, and shortens what is too long."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._secrets = [secret.decode("latin-1") for secret in secrets if secret]

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        """Return the line without them."""
        return {
            key: self._clean(value, DEEPEST)
            for key, value in event.items()
            if key.lower().replace("-", "_") not in SECRET_KEYS
        }

    def _clean(self, value: Any, depth: int) -> Any:  # noqa: ANN401
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self._text(value)
            case Mapping() if depth:
                return {
                    self._text(str(key)): self._clean(member, depth - 1)
                    for key, member in value.items()
                    if str(key).lower().replace("-", "_") not in SECRET_KEYS
                }
            case list() | tuple() | set() | frozenset() if depth:
                return [self._clean(member, depth - 1) for member in value]
            case bytes() | bytearray():
                return f"{len(value)} bytes"
            case _:
                return self._text(str(value))

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _STRUCK)
        return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def render(_logger: object, _method: str, event: EventDict) -> bytes:
    """Return the line as JSON, whatever is in it."""
    try:
        return orjson.dumps(event)
    except TypeError:  # A lone surrogate, or a number beyond 64 bits.
        return json.dumps(event).encode()
