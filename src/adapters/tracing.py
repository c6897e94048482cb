"""Which trace work belongs to, carried from call to call as W3C Trace Context.

A request brings its trace along in ``traceparent`` and ``tracestate``; whatever it
causes here belongs to that trace, and whoever is called for it is told. A ``Tracer``
may record how long each part took. Without one that does, what came is passed on as
it came, so that those before and after us still find each other.
"""

import re
from contextlib import AbstractContextManager
from contextvars import ContextVar
from enum import StrEnum
from random import SystemRandom
from typing import Protocol
from uuid import UUID

from attrs import define, field, frozen

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"

#: How much of a state is passed on, in characters, and how many members it may have.
LONGEST_STATE = 512
MOST_MEMBERS = 32

_PARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?",
    re.DOTALL,
)
_MEMBER = re.compile(
    r"(?P<key>[a-z0-9][a-z0-9_*/@-]{0,255})"
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
#: Of the flags those that are passed on: sampled, random.
KNOWN_FLAGS = 0x03
_SAMPLED = 0x01
_RANDOM = 0x02
_LONG_MEMBER = 128

_chance = SystemRandom()


@frozen
class Trace:
    """A place in a trace: the whole that work belongs to, and what of it caused it.

    Ids are lower-case hex. ``state`` is for whoever wrote it; we do not read it.
    """

    trace_id: str
    span_id: str
    flags: int = 0
    state: str = ""

    @classmethod
    def begin(cls) -> "Trace":
        """Return a trace that nobody has recorded anything of."""
        # Never 0; and of the trace's bits, the last 56 are to be left to chance.
        trace_id = _chance.getrandbits(128) | 1 << 127
        span_id = _chance.getrandbits(64) | 1
        return cls(f"{trace_id:032x}", f"{span_id:016x}", _RANDOM)

    @classmethod
    def read(cls, parent: str, state: str = "") -> "Trace | None":
        """Return what the two headers say; None where the first says nothing valid.

        A later version is read as far as this one goes. A state that breaks its rules
        is dropped as a whole, one that is too long in part.
        """
        found = _PARENT.fullmatch(parent)
        if found is None or found["version"] == "ff":
            return None
        if found["version"] == "00" and found["more"]:
            return None
        if not int(found["trace"], 16) or not int(found["span"], 16):
            return None
        flags = int(found["flags"], 16) & KNOWN_FLAGS
        return cls(found["trace"], found["span"], flags, _readable(state))

    @property
    def is_sampled(self) -> bool:
        """Whether whoever came before us may have recorded it."""
        return bool(self.flags & _SAMPLED)

    @property
    def parent(self) -> str:
        """The ``traceparent`` for whoever is called."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    @property
    def headers(self) -> dict[str, str]:
        """Both headers; without a state the first alone."""
        told = {TRACEPARENT: self.parent}
        return told | {TRACESTATE: self.state} if self.state else told


def _readable(state: str) -> str:
    members = [m for part in state.split(",") if (m := part.strip(" \t"))]
    found = [_MEMBER.fullmatch(member) for member in members]
    keys = {match["key"] for match in found if match}
    if len(keys) < len(members) or len(members) > MOST_MEMBERS:
        return ""
    while len(whole := ",".join(members)) > LONGEST_STATE:
        long = (member for member in members if len(member) > _LONG_MEMBER)
        members.remove(next(long, members[-1]))
    return whole


_current: ContextVar[Trace | None] = ContextVar("events_core_trace", default=None)


def current() -> Trace | None:
    """Return the place in a trace that runs now, if any does."""
    return _current.get()


def current_headers() -> dict[str, str]:
    """Return what to tell whoever is called now; nothing where there is no trace."""
    trace = _current.get()
    return {} if trace is None else trace.headers


@define
class During:
    """A context manager: while its block runs, and tasks begun in it, this runs."""

    trace: Trace
    _before: Trace | None = field(default=None, init=False)

    def __enter__(self) -> None:
        self._before = _current.get()
        _current.set(self.trace)

    def __exit__(self, *_: object) -> None:
        # Not by a token: what closes an abandoned generator runs in another context.
        _current.set(self._before)


class Kind(StrEnum):
    """Which side of a call a span is."""

    SERVER = "server"
    CLIENT = "client"
    INTERNAL = "internal"


class Span(Protocol):
    """Something that takes time. What it is told must name no person, nor her things.

    Every method returns at once and never fails.
    """

    def rename(self, name: str) -> None:
        """Call it this, now that more is known of it."""
        ...

    def note(self, name: str, value: str | float | UUID) -> None:
        """Keep this about it; an id as its text."""
        ...

    def fail(self, why: str) -> None:
        """Mark it as failed; ``why`` is one of few words."""
        ...


class Tracer(Protocol):
    """Takes note of spans, or only passes on which trace they belong to."""

    def span(
        self, name: str, kind: Kind, *, within: Trace | None = None
    ) -> AbstractContextManager[Span]:
        """Return a context manager around the work.

        It belongs to ``within``; if there is none to the trace that runs, if there is
        none either to a new one. While the block runs, it is what runs.
        """
        ...


class _Unrecorded:
    def rename(self, name: str) -> None:
        pass

    def note(self, name: str, value: str | float | UUID) -> None:
        pass

    def fail(self, why: str) -> None:
        pass


_UNRECORDED = _Unrecorded()


@define
class _PassedOn(AbstractContextManager[Span]):
    _during: During | None

    def __enter__(self) -> Span:
        if self._during is not None:
            self._during.__enter__()
        return _UNRECORDED

    def __exit__(self, *_: object) -> None:
        if self._during is not None:
            self._during.__exit__()


_AS_BEFORE = _PassedOn(None)


class PassingOn:
    """The tracer that records nothing."""

    def span(
        self, name: str, kind: Kind, *, within: Trace | None = None
    ) -> AbstractContextManager[Span]:
        """See ``Tracer.span``."""
        if within is None and _current.get() is not None:
            return _AS_BEFORE
        return _PassedOn(During(within or Trace.begin()))


PASSING_ON = PassingOn()


def _satisfies(tracer: PassingOn) -> Tracer:
    return tracer
