"""Which operation a path means: under every prefix, with and without a last slash.

Every route answers below ``/api/v1`` and below ``/api/v1/events``, so what stands
behind either is one and the same tail, and there is one tree of tails. A fixed name
is never taken for an id.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from urllib.parse import unquote_to_bytes

from attrs import define, field, frozen

from adapters.http.errors import Malformed, MethodNotAllowed, RouteNotFound
from adapters.http.handling import Operation

BASE = b"/api/v1"

#: Names that stand where an event's id could; without a route they lead nowhere.
FIXED_NAMES = frozenset(
    {
        "audit",
        "batch",
        "events",
        "facts",
        "feeds",
        "imports",
        "internal",
        "me",
        "openapi.json",
        "stats",
        "stream",
        "subscriptions",
    }
)


class Kind(Enum):
    """What a parameter may be; the value is how one that is not is told of."""

    UUID = "is not a UUID"
    NUMBER = "is not a number"
    TEXT = "is empty"

    @classmethod
    def of(cls, name: str) -> "Kind":
        """Return the kind that a parameter of this name has."""
        if name.lower().endswith("id"):
            return cls.UUID
        return cls.NUMBER if name == "version" else cls.TEXT

    def matches(self, segment: str) -> bool:
        """Tell whether the segment is of this kind."""
        return _PATTERNS[self].fullmatch(segment) is not None


_PATTERNS = {
    Kind.UUID: re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    Kind.NUMBER: re.compile(r"[0-9]{1,9}"),
    Kind.TEXT: re.compile(r".+", re.DOTALL),
}


@define
class _Node:
    names: dict[str, "_Node"] = field(factory=dict)
    parameters: dict[Kind, "_Node"] = field(factory=dict)
    operations: dict[str, Operation] = field(factory=dict)


@frozen
class Match:
    """The operation that is meant, and the parameters its path has.

    ``malformed`` is the first parameter that is not of its kind.
    """

    operation: Operation
    params: Mapping[str, str]
    malformed: str | None

    def check_params(self) -> None:
        """Check that every parameter is of its kind.

        Raises:
            Malformed: one is not.
        """
        if self.malformed is not None:
            raise Malformed(self.malformed, Kind.of(self.malformed).value)


class RouteTable:
    """All operations, by path and method.

    Raises:
        ValueError: two operations cannot be told apart, or a path cannot be matched.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def find(self, method: str, path: bytes) -> Match:
        """Return what a path as it travelled means. HEAD is answered by GET.

        Raises:
            RouteNotFound: there is nothing at this path.
            MethodNotAllowed: there is, but not for this method.
        """
        segments = _tail_of(path)
        ways = list(_walk(self._root, segments, strictly=True))
        ways = ways or list(_walk(self._root, segments, strictly=False))
        if not ways:
            raise RouteNotFound
        for node, values in ways:
            for known in (method, "GET") if method == "HEAD" else (method,):
                if known in node.operations:
                    return _match(node.operations[known], values)
        raise MethodNotAllowed(_allowed(node for node, _ in ways))

    def _add(self, operation: Operation) -> None:
        node = self._root
        for segment in _segments_of(operation):
            name = _parameter(segment)
            if name:
                node = node.parameters.setdefault(Kind.of(name), _Node())
            else:
                node = node.names.setdefault(segment, _Node())
        if operation.method in node.operations:
            raise ValueError(f"{operation.method} {operation.path} is there twice")
        node.operations[operation.method] = operation


def _segments_of(operation: Operation) -> list[str]:
    first, *rest = operation.path.strip("/").split("/")
    return rest if first == "events" else [first, *rest]


def _parameter(segment: str) -> str | None:
    match = re.fullmatch(r"\{(\w+)\}", segment)
    if match is None and ("{" in segment or "}" in segment):
        raise ValueError(f"{segment} is neither a name nor a parameter")
    return match and match[1]


def _tail_of(path: bytes) -> list[str]:
    if path != BASE and not path.startswith(BASE + b"/"):
        raise RouteNotFound
    try:
        segments = [
            unquote_to_bytes(segment).decode()
            for segment in path.removeprefix(BASE).split(b"/")[1:]
        ]
    except UnicodeDecodeError:
        raise RouteNotFound from None
    if segments and segments[-1] == "":
        del segments[-1]
    return segments[1:] if segments[:1] == ["events"] else segments


def _walk(
    node: _Node, segments: list[str], *, strictly: bool
) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    """Yield every way through the tree, the best first, with the parameters' values.

    Strictly, a parameter takes what is of its kind; else any text but a fixed name.
    """
    if not segments:
        if node.operations:
            yield node, ()
        return
    first, rest = segments[0], segments[1:]
    if first in node.names:
        yield from _walk(node.names[first], rest, strictly=strictly)
    loosely = not strictly and first != "" and first not in FIXED_NAMES
    for kind in Kind:
        if kind in node.parameters and (loosely or kind.matches(first)):
            for end, values in _walk(node.parameters[kind], rest, strictly=strictly):
                yield end, (first, *values)


def _match(operation: Operation, values: tuple[str, ...]) -> Match:
    names = [name for name in map(_parameter, _segments_of(operation)) if name]
    params = dict(zip(names, values, strict=True))
    malformed = (n for n, value in params.items() if not Kind.of(n).matches(value))
    return Match(operation, params, next(malformed, None))


def _allowed(nodes: Iterable[_Node]) -> tuple[str, ...]:
    methods = {method for node in nodes for method in node.operations}
    return tuple(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
