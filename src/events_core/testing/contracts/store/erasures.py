"""Erasures: which events go with a person, and what stays without her name."""

import asyncio
import json
from datetime import timedelta

import pytest
from attrs import evolve

from events_core.domain import lifecycle
from events_core.domain.answers import Answer
from events_core.domain.change import Cause
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.permissions import EDITING_ROLES, Role
from events_core.ports.store import Store
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_grant,
    a_message_id,
    a_person,
    an_event,
    arrival_of,
)
from events_core.testing.contracts.store.factory import (
    OfStore,
    answered,
    marked,
    put,
    read,
    retitled,
    save,
)
from events_core.testing.contracts.store.persons import erased, exported, forced_in


def nobodys(event: Event) -> Event:
    """Return the event without its creator's name and her role."""
    grants = tuple(g for g in event.grants if g.holder != event.created_by)
    return evolve(event, created_by=None, grants=grants)


class ErasuresContract(OfStore):
    """An event goes with the last who can see it; of others her name is struck."""

    async def test_her_public_event_stays_without_her_name(self, store: Store) -> None:
        event = an_event()
        her = event.created_by
        assert her is not None
        await put(store, event)
        counts = await erased(store, event, her)
        assert counts.items() >= {"events_anonymized": 1, "outbox_scrubbed": 1}.items()
        assert await read(store, event) == nobodys(event)

    async def test_a_role_she_gave_stays_without_her_name(self, store: Store) -> None:
        her, him = a_person(), a_person()
        given_ = a_grant(him, Role.EDITOR, by=her)
        event = an_event(grants=(given_,))
        await put(store, event)
        await erased(store, event, her)
        stored = await read(store, event)
        assert stored is not None
        assert stored.grant_of(him) == evolve(given_, granted_by=None)

    async def test_the_reasons_she_gave_go_with_her_and_those_of_others_stay(
        self, store: Store
    ) -> None:
        event, him = an_event(), a_person()
        her = event.created_by
        assert her is not None
        off = lifecycle.move(
            event,
            Status.CANCELLED,
            cause=a_cause(her, reason='"reason":"I am ill"'),
            message_id=a_message_id(),
        )
        assert off.after is not None
        on = lifecycle.move(
            off.after,
            Status.PUBLISHED,
            cause=a_cause(him, reason="Somebody else does it"),
            message_id=a_message_id(),
        )
        await save(store, arrival_of(event), off, on)
        for who, by in ((him, her), (her, him), (a_person(), him)):
            await forced_in(store, event, who, by=by, reason=f"{by} knows {who}")
        async with store.unit_of_work(event.tenant_id) as uow:
            before = await uow.record.facts(event.id)
        await erased(store, event, her)
        async with store.unit_of_work(event.tenant_id) as uow:
            versions = await uow.record.versions(event.id)
            facts = await uow.record.facts(event.id)
            ledger = await uow.record.movements(event.id, event.occurrence, limit=9)
        reasons = [version.cause.reason for version in versions]
        assert reasons == [None, None, "Somebody else does it"]
        told = [json.loads(text) for text in facts]
        assert [one["reason"] for one in told if "reason" in one] == reasons[1:]
        assert len(told) == len(before)
        assert [json.loads(text).keys() for text in before] == [f.keys() for f in told]
        kept = [entry.movement.reason for entry in ledger.items]
        assert kept[:2] == [None, None]
        assert str(kept[2]).startswith(str(him))

    @pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
    async def test_a_role_that_has_ended_keeps_no_event_from_going(
        self, store: Store, status: Status
    ) -> None:
        for ends, goes in ((NOW, True), (NOW + timedelta(seconds=1), False)):
            role = a_grant(a_person(), Role.EDITOR)
            role = evolve(role, granted_at=NOW - timedelta(days=1), expires_at=ends)
            event = an_event(
                visibility=Visibility.PRIVATE, status=status, grants=(role,)
            )
            her = event.created_by
            assert her is not None
            await put(store, event)
            await erased(store, event, her)
            assert (await read(store, event) is None) is goes

    @pytest.mark.parametrize("role", [None, *Role])
    @pytest.mark.parametrize("visibility", Visibility)
    @pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
    async def test_an_event_goes_with_her_if_nobody_else_can_see_it(
        self,
        store: Store,
        visibility: Visibility,
        status: Status,
        role: Role | None,
    ) -> None:
        event = an_event(
            visibility=visibility,
            status=status,
            grants=() if role is None else (a_grant(a_person(), role),),
        )
        her = event.created_by
        assert her is not None
        await put(store, event)
        counts = await erased(store, event, her)
        goes = (visibility is Visibility.PRIVATE and role is None) or (
            status is Status.DRAFT and role not in EDITING_ROLES
        )
        assert await read(store, event) == (None if goes else nobodys(event))
        name = "events_deleted" if goes else "events_anonymized"
        assert counts[name] == 1

    async def test_answers_and_marks_of_others_go_with_an_event_that_goes(
        self, store: Store
    ) -> None:
        event, him = an_event(visibility=Visibility.PRIVATE), a_person()
        her = event.created_by
        assert her is not None
        await put(store, event)
        await answered(store, event, him, Answer.GOING)
        await marked(store, event, him, by=him)
        await erased(store, event, her)
        data = await exported(store, event, him)
        assert (data.rsvps, data.attendance, data.marked) == ((), (), ())

    async def test_an_event_she_had_only_a_role_on_may_go_too(
        self, store: Store
    ) -> None:
        her = a_person()
        event = evolve(
            an_event(visibility=Visibility.PRIVATE),
            created_by=None,
            grants=(a_grant(her, Role.EDITOR),),
        )
        await put(store, event)
        await erased(store, event, her)
        assert await read(store, event) is None

    async def test_her_name_is_struck_from_history_and_facts(
        self, store: Store
    ) -> None:
        event, him = an_event(), a_person()
        her = event.created_by
        assert her is not None
        created = arrival_of(event, Cause(her, NOW))
        changed = evolve(retitled(event, "By him"), cause=a_cause(him))
        await save(store, created, changed)
        await answered(store, event, her, Answer.GOING)
        await answered(store, event, him, Answer.GOING)
        async with store.unit_of_work(event.tenant_id) as uow:
            before = await uow.record.facts(event.id)
        await erased(store, event, her)
        async with store.unit_of_work(event.tenant_id) as uow:
            versions = await uow.record.versions(event.id)
            facts = await uow.record.facts(event.id)
        assert [version.cause.by for version in versions] == [None, him]
        assert [json.loads(text) for text in facts] == [
            {
                name: None if value == str(her) else value
                for name, value in json.loads(text).items()
            }
            for text in before
        ]

    async def test_her_name_is_struck_from_the_facts_of_an_event_that_goes(
        self, store: Store
    ) -> None:
        event = an_event(visibility=Visibility.PRIVATE)
        her = event.created_by
        assert her is not None
        await put(store, event)
        await answered(store, event, her, Answer.GOING)
        await erased(store, event, her)
        async with store.unit_of_work(event.tenant_id) as uow:
            facts = await uow.record.facts(event.id)
            versions = await uow.record.versions(event.id)
        assert not [text for text in facts if str(her) in text]
        assert not [version for version in versions if version.cause.by == her]

    async def test_of_two_who_are_erased_at_once_no_fact_keeps_a_name(
        self, store: Store
    ) -> None:
        event = an_event(visibility=Visibility.PRIVATE)
        owner, her, him = event.created_by, a_person(), a_person()
        assert owner is not None
        await put(store, event)
        await marked(store, event, her, by=him)
        await erased(store, event, owner)  # the event goes, a fact that names both not
        await asyncio.gather(erased(store, event, her), erased(store, event, him))
        async with store.unit_of_work(event.tenant_id) as uow:
            facts = await uow.record.facts(event.id)
        assert len(facts) == 2
        assert not [text for text in facts if str(her) in text or str(him) in text]
