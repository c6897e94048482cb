"""How the audit trail is kept, so that whatever somebody changes of it is found.

Each entry is sealed when it is written: what is personal stands in what is hashed as
salted digests alone, so that a value and its salt can go and the chain stays true.
After their commit entries are chained: the hash of each link is that of the hash
before it and the entry's digest.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from enum import StrEnum
from hashlib import sha256
from typing import Any

from attrs import asdict, evolve, field, frozen

from events_core.domain.audit import AuditEntry, Deed
from events_core.domain.identity import TenantId, UserId

#: What the first link of every chain has in place of the hash before it.
BEGINNING = bytes(32)

#: What of an entry leads to a person, and is therefore hashed as a digest only.
PERSONAL = ("by", "whom", "request_id")


@frozen
class Salted:
    """A personal value as it is kept: its digest for ever, its salt as long as it."""

    digest: bytes
    salt: bytes | None

    @classmethod
    def of(cls, value: object, salt: bytes) -> "Salted":
        """Return what is kept of a value."""
        return cls(_salted(value, salt), salt)

    def stands_for(self, value: object | None) -> bool:
        """Tell whether it is this value's; with neither value nor salt, anybody's."""
        if value is None or self.salt is None:
            return value is None and self.salt is None
        return _salted(value, self.salt) == self.digest


@frozen
class Sealed:
    """An entry as it is kept.

    ``personal`` has what is kept of each personal value there was; ``digest`` is the
    entry's own, which is chained.
    """

    tenant_id: TenantId
    entry: AuditEntry
    personal: Mapping[str, Salted]
    digest: bytes

    @property
    def is_whole(self) -> bool:
        """Whether the entry is as it was sealed, but for what was erased since."""
        if not self.personal.keys() <= set(PERSONAL):
            return False
        return self.digest == _digest(self) and all(
            self.personal[name].stands_for(value)
            if name in self.personal
            else value is None
            for name in PERSONAL
            for value in (getattr(self.entry, name),)
        )

    @property
    def struck(self) -> int:
        """How many of its personal values are gone."""
        return sum(salted.salt is None for salted in self.personal.values())

    def without(self, user_id: UserId) -> "Sealed":
        """Return it with what a person is known by gone: see ``erasable``."""
        gone: dict[str, Any] = dict.fromkeys(erasable(self.entry, user_id))
        return evolve(
            self,
            entry=evolve(self.entry, **gone),
            personal={
                name: evolve(salted, salt=None) if name in gone else salted
                for name, salted in self.personal.items()
            },
        )


def seal(
    entry: AuditEntry, tenant_id: TenantId, new_salt: Callable[[], bytes]
) -> Sealed:
    """Return an entry as it is kept; each salt is used once and cannot be guessed."""
    personal = {
        name: Salted.of(value, new_salt())
        for name in PERSONAL
        if (value := getattr(entry, name)) is not None
    }
    unsigned = Sealed(tenant_id, entry, personal, b"")
    return evolve(unsigned, digest=_digest(unsigned))


def link(before: bytes, digest: bytes) -> bytes:
    """Return the hash of a link: of the one before it, and of its entry's digest."""
    return sha256(before + digest).digest()


def erasable(entry: AuditEntry, user_id: UserId) -> frozenset[str]:
    """Return which values go with a person; her requests lead to her as well."""
    hers = {name for name in ("by", "whom") if getattr(entry, name) == user_id}
    if "by" in hers and entry.request_id is not None:
        hers.add("request_id")
    return frozenset(hers)


def canonical(sealed: Sealed) -> bytes:
    """Return what of an entry is hashed, as one text.

    JSON with sorted keys, without spaces, in ASCII; times in UTC to the microsecond;
    in place of each personal value its digest in hexadecimal.
    """
    form = {
        **form_of(sealed),
        **dict.fromkeys(PERSONAL),
        **{name: salted.digest.hex() for name, salted in sealed.personal.items()},
    }
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), default=str)
    return text.encode("ascii")


def form_of(sealed: Sealed) -> dict[str, Any]:
    """Return an entry by the names and with the time that ``canonical`` has."""
    entry = sealed.entry
    return {
        **asdict(entry, recurse=False),
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "tenant_id": sealed.tenant_id,
    }


def _digest(sealed: Sealed) -> bytes:
    return sha256(canonical(sealed)).digest()


def _salted(value: object, salt: bytes) -> bytes:
    return sha256(salt + str(value).encode()).digest()


@frozen
class Link:
    """One link of a chain as it is kept; without an entry that could be read, None."""

    position: int
    hash: bytes
    sealed: Sealed | None


@frozen
class Head:
    """The last link's place and hash; before the first there is place 0."""

    position: int = 0
    hash: bytes = BEGINNING


class Problem(StrEnum):
    """What is wrong with a trail.

    ``ALTERED``: the entry is not as it was sealed. ``MISSING``: there is none.
    ``OUT_OF_LINE``: its hash does not follow from the one before it. ``CUT_OFF``: the
    chain ends before, or is another than, what is known of it. ``STRAY``: it was put
    where the chain had passed. ``STRUCK``: more is gone than erasures say.
    """

    ALTERED = "altered"
    MISSING = "missing"
    OUT_OF_LINE = "out_of_line"
    CUT_OFF = "cut_off"
    STRAY = "stray"
    STRUCK = "struck"


@frozen
class Finding:
    """Something that is wrong, and where; no position for what has none."""

    problem: Problem
    position: int | None = None


@frozen
class Verification:
    """Looks at a chain link by link, from its beginning, and tells what is wrong.

    ``known`` are hashes by position that were noted down before, elsewhere. ``found``
    is what was wrong with what was looked at last; it is not told again of the links
    that follow: each is held against the one that is there.
    """

    tenant_id: TenantId
    known: Mapping[int, bytes] = field(factory=dict)
    head: Head = Head()
    found: tuple[Finding, ...] = ()
    struck: int = 0
    erased: int = 0

    def take(self, one: Link) -> "Verification":
        """Look at the next link."""
        return evolve(
            self,
            head=Head(one.position, one.hash),
            found=tuple(self._wrong_with(one)),
            struck=self.struck + (one.sealed.struck if one.sealed else 0),
            erased=self.erased + _erased_in(one.sealed),
        )

    def pass_by(self, sealed: Sealed | None, *, overdue: bool) -> "Verification":
        """Look at an entry that is in no link. What it struck is in links before."""
        problem = Problem.STRAY if overdue else Problem.ALTERED
        is_wrong = overdue or not self._is_sound(sealed)
        found = (Finding(problem),) if is_wrong else ()
        return evolve(self, found=found, erased=self.erased + _erased_in(sealed))

    def end(self, head: Head) -> "Verification":
        """Hold the last link that was looked at against what is known of the end."""
        return evolve(self, found=tuple(self._wrong_with_end(head)))

    def _wrong_with(self, one: Link) -> Iterator[Finding]:
        for position in range(self.head.position + 1, one.position):
            yield Finding(Problem.MISSING, position)
        follows_on = one.position == self.head.position + 1
        if one.sealed is None:
            yield Finding(Problem.MISSING, one.position)
        elif not self._is_sound(one.sealed):
            yield Finding(Problem.ALTERED, one.position)
        elif follows_on and one.hash != link(self.head.hash, one.sealed.digest):
            yield Finding(Problem.OUT_OF_LINE, one.position)
        if self.known.get(one.position, one.hash) != one.hash:
            yield Finding(Problem.CUT_OFF, one.position)

    def _wrong_with_end(self, head: Head) -> Iterator[Finding]:
        last = max(head.position, *self.known, 0)
        if self.head.position != head.position or self.head.position < last:
            yield Finding(Problem.CUT_OFF, min(self.head.position, head.position) + 1)
        elif self.head.hash != head.hash:
            yield Finding(Problem.CUT_OFF, head.position)
        if self.struck > self.erased:
            yield Finding(Problem.STRUCK)

    def _is_sound(self, sealed: Sealed | None) -> bool:
        is_ours = sealed is not None and sealed.tenant_id == self.tenant_id
        return is_ours and sealed is not None and sealed.is_whole


def _erased_in(sealed: Sealed | None) -> int:
    is_erasure = sealed is not None and sealed.entry.deed is Deed.ERASED
    return sealed.entry.times if sealed is not None and is_erasure else 0
