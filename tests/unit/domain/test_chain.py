"""Seals and links: what is changed of them shows, and what is erased does not."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.actors import Via
from events_core.domain.audit import AuditEntry, Deed, Outcome, of_erasure
from events_core.domain.chain import (
    BEGINNING,
    PERSONAL,
    Finding,
    Head,
    Link,
    Problem,
    Sealed,
    Verification,
    canonical,
    erasable,
    link,
    seal,
)
from events_core.domain.change import Cause
from events_core.domain.identity import EventId, OccurrenceKey, TenantId, UserId

TENANT = TenantId(UUID(int=1))
NOW = datetime(2027, 3, 15, 12, tzinfo=UTC)
HER, HIM = UserId(UUID(int=2)), UserId(UUID(int=3))

people = st.sampled_from([None, HER, HIM])
entries = st.builds(
    AuditEntry,
    deed=st.sampled_from([one for one in Deed if one is not Deed.ERASED]),
    at=st.datetimes(timezones=st.just(UTC)),
    outcome=st.sampled_from(Outcome),
    via=st.sampled_from(Via),
    as_admin=st.booleans(),
    by=people,
    whom=people,
    request_id=st.none() | st.text(min_size=1),
    event_id=st.none() | st.uuids().map(EventId),
    occurrence=st.none() | st.text().map(OccurrenceKey),
    event_version=st.none() | st.integers(1, 9),
    subject_id=st.none() | st.uuids(),
    names=st.lists(st.text(), max_size=2).map(tuple),
    times=st.integers(0, 9),
)

#: A value of each field that none of the entries above has.
OTHER: Mapping[str, Any] = {
    "deed": Deed.ERASED,
    "at": datetime(1, 1, 1, tzinfo=timezone(-timedelta(hours=1))),
    "outcome": "lost",
    "via": "telepathy",
    "as_admin": None,
    "by": UserId(UUID(int=4)),
    "whom": UserId(UUID(int=4)),
    "request_id": "",
    "event_id": UUID(int=4),
    "occurrence": OccurrenceKey("\x00 of no event"),
    "event_version": 10,
    "subject_id": UUID(int=4),
    "names": ("a", "b", "c"),
    "times": 10,
}


def salts() -> Callable[[], bytes]:
    """Return what gives salts, all of them different."""
    numbers = count()
    return lambda: next(numbers).to_bytes(16, "big")


def chain_of(*entries: AuditEntry) -> list[Link]:
    """Return entries in a chain."""
    links, before, new_salt = list[Link](), BEGINNING, salts()
    for position, entry in enumerate(entries, 1):
        sealed = seal(entry, TENANT, new_salt)
        before = link(before, sealed.digest)
        links.append(Link(position, before, sealed))
    return links


def found_in(links: list[Link], head: Head | None = None) -> list[Finding]:
    """Return all that is wrong with a chain."""
    verification, found = Verification(TENANT), list[Finding]()
    for one in links:
        verification = verification.take(one)
        found += verification.found
    return [*found, *verification.end(head or verification.head).found]


@given(entries)
def test_what_is_sealed_is_whole_and_holds_no_name(entry: AuditEntry) -> None:
    sealed = seal(entry, TENANT, salts())
    assert sealed.is_whole
    assert sealed.struck == 0
    text = canonical(sealed).decode("ascii")
    for name in PERSONAL:
        value = getattr(entry, name)
        assert (name in sealed.personal) is (value is not None)
    for person in (HER, HIM):
        assert str(person) not in text


def test_every_field_is_tried() -> None:
    assert OTHER.keys() == {field.name for field in fields(AuditEntry)}


@pytest.mark.parametrize("name", OTHER)
@given(entry=entries)
def test_an_entry_with_another_value_anywhere_is_not_what_was_sealed(
    name: str, entry: AuditEntry
) -> None:
    sealed = seal(entry, TENANT, salts())
    other = evolve(sealed, entry=evolve(entry, **{name: OTHER[name]}))
    assert not other.is_whole


@given(entries, entries)
def test_what_is_of_another_entry_or_tenant_does_not_fit(
    one: AuditEntry, other: AuditEntry
) -> None:
    new_salt = salts()
    first, second = (seal(entry, TENANT, new_salt) for entry in (one, other))
    assert not evolve(first, tenant_id=TenantId(UUID(int=9))).is_whole
    if first.digest != second.digest:
        assert not evolve(first, digest=second.digest).is_whole
    if first.personal.keys() | second.personal.keys():
        assert not evolve(first, personal=second.personal).is_whole


@given(entries, st.sampled_from([HER, HIM]))
def test_who_is_erased_leaves_a_seal_that_holds(
    entry: AuditEntry, gone: UserId
) -> None:
    sealed = seal(entry, TENANT, salts())
    left = sealed.without(gone)
    assert left.is_whole
    assert left.digest == sealed.digest
    assert not left.entry.names_person(gone)
    assert left.struck == len(erasable(entry, gone))
    assert left.without(gone) == left
    other = HIM if gone == HER else HER
    assert left.entry.names_person(other) is entry.names_person(other)
    kept = {name for name, salted in left.personal.items() if salted.salt is not None}
    assert {name for name in PERSONAL if getattr(left.entry, name) is not None} == kept


def test_what_is_hashed_is_one_text_for_ever() -> None:
    """Another text would be another kind of digest: no chain would hold any more."""
    entry = AuditEntry(
        deed=Deed.UPDATED,
        at=datetime(2027, 3, 15, 13, tzinfo=timezone(timedelta(hours=1))),
        by=HER,
        event_id=EventId(UUID(int=5)),
        event_version=2,
        names=("title",),
    )
    sealed = seal(entry, TENANT, lambda: b"salt")
    assert canonical(sealed).decode() == (
        '{"as_admin":false,"at":"2027-03-15T12:00:00.000000+00:00",'
        '"by":"6dd0d88941cb7f2e9b7c33e8f6169a85926894a1e79814215471f324a4ac154f",'
        '"deed":"event.updated","event_id":"00000000-0000-0000-0000-000000000005",'
        '"event_version":2,"names":["title"],"occurrence":null,"outcome":"done",'
        '"request_id":null,"subject_id":null,'
        '"tenant_id":"00000000-0000-0000-0000-000000000001","times":1,"via":"http",'
        '"whom":null}'
    )


@given(st.lists(entries, max_size=6))
def test_a_chain_that_nobody_touched_is_sound(written: list[AuditEntry]) -> None:
    assert found_in(chain_of(*written)) == []


def alike(entries: list[AuditEntry]) -> list[AuditEntry]:
    """Return the entries told apart, so that each has a place of its own."""
    return [evolve(one, times=number) for number, one in enumerate(entries)]


chains = st.lists(entries, min_size=2, max_size=6).map(alike)


@given(chains, st.data())
def test_a_link_that_is_gone_is_missed_where_it_was(
    written: list[AuditEntry], data: st.DataObject
) -> None:
    links = chain_of(*written)
    at = data.draw(st.integers(0, len(links) - 1))
    head = Head(len(links), links[-1].hash)
    left = [*links[:at], *links[at + 1 :]]
    problem = Problem.CUT_OFF if at == len(links) - 1 else Problem.MISSING
    assert found_in(left, head) == [Finding(problem, at + 1)]
    # The same with the gap closed, and the head put right.
    closed = [evolve(one, position=n) for n, one in enumerate(left, 1)]
    expected = [] if at == len(links) - 1 else [Finding(Problem.OUT_OF_LINE, at + 1)]
    assert found_in(closed) == expected


@given(chains, st.data())
def test_two_that_change_places_are_found(
    written: list[AuditEntry], data: st.DataObject
) -> None:
    links = chain_of(*written)
    first = data.draw(st.integers(0, len(links) - 2))
    second = data.draw(st.integers(first + 1, len(links) - 1))
    swapped = [*links]
    swapped[first] = evolve(links[first], sealed=links[second].sealed)
    swapped[second] = evolve(links[second], sealed=links[first].sealed)
    assert [one.position for one in found_in(swapped)] == [first + 1, second + 1]


@given(chains, entries, st.data())
def test_a_chain_made_anew_from_somewhere_differs_from_a_head_noted_before(
    written: list[AuditEntry], other: AuditEntry, data: st.DataObject
) -> None:
    links = chain_of(*written)
    at = data.draw(st.integers(0, len(links) - 1))
    anew = chain_of(*written[:at], evolve(other, times=99), *written[at + 1 :])
    assert found_in(anew) == []
    verification = Verification(TENANT, {links[-1].position: links[-1].hash})
    for one in anew:
        verification = verification.take(one)
    assert verification.found == (Finding(Problem.CUT_OFF, len(links)),)


@given(chains)
def test_names_that_go_must_have_been_erased(written: list[AuditEntry]) -> None:
    links = chain_of(evolve(written[0], by=HER, whom=None), *written[1:])
    left = [evolve(one, sealed=one.sealed and one.sealed.without(HER)) for one in links]
    assert found_in(left) == [Finding(Problem.STRUCK)]
    struck = sum(one.sealed.struck for one in left if one.sealed)
    told: Sealed = seal(of_erasure(Cause(HIM, NOW), HER, struck), TENANT, salts())
    erased = Link(len(links) + 1, link(links[-1].hash, told.digest), told)
    assert found_in([*left, erased]) == []
