"""Entity tags and preconditions (RFC 9110, 8.8.3 and 13.1).

A tag is ``"<version>-<digest of the body>"``: the body is what one reader saw, her
own answer in it; the version is the event's. Whoever wants to know if she has seen
it all compares the whole; whoever wants to change it, the version alone.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b

from attrs import frozen

from adapters.http.errors import Malformed

_TAG = re.compile(r'(W/)?("[!#-~]*")')
_LIST = re.compile(rf"{_TAG.pattern}(?:[ \t]*,[ \t]*{_TAG.pattern})*")
_OURS = re.compile(r'"([1-9][0-9]{0,17})-[0-9a-f]+"')
_LONGEST = 2_000


def etag(version: int, body: bytes) -> str:
    """Return the tag of a body that shows an event at a version."""
    return f'"{version}-{blake2b(body, digest_size=8).hexdigest()}"'


def is_known(tag: str, headers: Mapping[str, str]) -> bool:
    """Tell whether ``If-None-Match`` says that the caller has what has this tag.

    Compared weakly, as RFC 9110, 13.1.2 demands.

    Raises:
        Malformed: the header is no list of tags.
    """
    header = headers.get("if-none-match")
    if header is None:
        return False
    tags = _tags("If-None-Match", header)
    return tags is None or any(opaque == tag for _, opaque in tags)


@frozen
class ExpectedVersions:
    """The versions that may be changed; ``any`` does not restrict them."""

    any: bool
    versions: frozenset[int] = frozenset()

    def holds(self, version: int) -> bool:
        """Tell whether this version may be changed."""
        return self.any or version in self.versions


def expected_versions(
    headers: Mapping[str, str], in_body: int | None
) -> ExpectedVersions:
    """Return what ``If-Match`` and its twin in the body together let through.

    Weak tags and tags that are none of ours match no version (RFC 9110, 13.1.1).

    Raises:
        Malformed: the header is no list of tags.
    """
    header = headers.get("if-match")
    tags = None if header is None else _tags("If-Match", header)
    bodies = None if in_body is None else frozenset({in_body})
    if tags is None:
        if bodies is None:
            return ExpectedVersions(any=True)
        return ExpectedVersions(any=False, versions=bodies)
    named = frozenset(
        int(ours[1])
        for weak, opaque in tags
        if not weak and (ours := _OURS.fullmatch(opaque))
    )
    return ExpectedVersions(
        any=False, versions=named if bodies is None else named & bodies
    )


def _tags(name: str, header: str) -> list[tuple[str, str]] | None:
    """Return the tags of a header: weakness mark and opaque tag; None for ``*``."""
    header = header.strip(" \t")
    if header == "*":
        return None
    if len(header) > _LONGEST or not _LIST.fullmatch(header):
        raise Malformed(name, "must be * or a list of entity tags")
    return _TAG.findall(header)
